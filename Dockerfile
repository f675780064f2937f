# Slim, without root, without network, over a read-only file system:
#   docker build -t modelassay .
#   docker run --rm --network none --read-only --cap-drop ALL -v "$PWD:/models:ro" modelassay scan /models
FROM python:3.11-slim AS build
# The pickle machine is compiled; without a compiler it would be pure Python, and slower.
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev
WORKDIR /build
COPY requirements/run.txt requirements/build.txt ./requirements/
RUN python -m venv /opt/modelassay \
    && /opt/modelassay/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY docs/man ./docs/man
COPY src ./src
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/modelassay/bin/pip install --no-cache-dir --no-deps /wheels/*.whl \
    && /opt/modelassay/bin/python -m compileall -q /opt/modelassay/lib \
    && /opt/modelassay/bin/pip uninstall --yes --quiet pip

FROM python:3.11-slim
COPY --from=build /opt/modelassay /opt/modelassay
ENV PATH=/opt/modelassay/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
WORKDIR /models
ENTRYPOINT ["modelassay"]
CMD ["--help"]
