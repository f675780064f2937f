#!/usr/bin/env bash
# The scan of the GitHub Action. Inputs come in the environment and are never part of a command's
# text, so that nothing a pull request can set is run.
set -euo pipefail

modelassay="${MODELASSAY:-$RUNNER_TEMP/modelassay/bin/modelassay}"
options=(--format github --output -)
lines() { while IFS= read -r line || [ -n "$line" ]; do [ -z "$line" ] || words+=("$line"); done <<<"$1"; }

[ -z "${FAIL_ON:-}" ] || options+=(--fail-on "$FAIL_ON")
[ -z "${POLICY:-}" ] || options+=(--policy "$POLICY")
[ -z "${BASELINE:-}" ] || options+=(--baseline "$BASELINE")
[ -z "${SARIF:-}" ] || options+=(--format sarif --output "$SARIF")
[ "${SUMMARY:-true}" != true ] || options+=(--format markdown --output "$RUNNER_TEMP/modelassay.md")
words=()
lines "${ARGUMENTS:-}"
options+=("${words[@]+"${words[@]}"}")
words=()
lines "${TARGETS:-.}"

code=0
"$modelassay" scan "${options[@]}" -- "${words[@]}" || code=$?
if [ -f "$RUNNER_TEMP/modelassay.md" ]; then
    cat "$RUNNER_TEMP/modelassay.md" >>"$GITHUB_STEP_SUMMARY"
fi
echo "exit-code=$code" >>"$GITHUB_OUTPUT"
