"""The hand-written knowledge of callables: its shape, and that it knows what attackers call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from modelassay.core.values import Name
from modelassay.rules import catalogue

DATA = Path(catalogue.__file__).parent / "data" / "callables"
EFFECTS = json.loads((DATA / "effects.json").read_text(encoding="utf-8"))
ARGUMENTS = json.loads((DATA / "arguments.json").read_text(encoding="utf-8"))

#: Published and well-known gadgets, by what they do. `module:qualified name`.
GADGETS = {
    "code": """
        builtins:eval builtins:exec builtins:compile builtins:execfile builtins:breakpoint
        runpy:run_path runpy:run_module runpy:_run_code code:interact
        code:InteractiveInterpreter.runcode codeop:compile_command pdb:run pdb:runeval bdb:Bdb.run
        profile:run profile:Profile.run cProfile:run cProfile:runctx timeit:timeit timeit:repeat
        timeit:main trace:Trace.run trace:Trace.runctx doctest:debug_script
        doctest:run_docstring_examples imp:load_source types:FunctionType types:CodeType
        types:LambdaType marshal:loads rlcompleter:Completer.complete
        lib2to3.pgen2.pgen:ParserGenerator.make_label
        idlelib.autocomplete:AutoComplete.fetch_completions
        idlelib.calltip:get_entity idlelib.run:Executive.runcode gettext:c2py typing:get_type_hints
        numpy.testing._private.utils:runstring
        numpy.f2py.crackfortran:getlincoef numpy.f2py.crackfortran:myeval pandas:eval
        pandas.core.computation.eval:eval pandas.core.frame:DataFrame.query
        sympy.core.sympify:sympify sympy.parsing.sympy_parser:parse_expr torch:compile
        torch._dynamo.guards:GuardBuilder.get torch.fx.graph_module:reduce_graph_module
        torch.fx.graph_module:_forward_from_src torch.utils.bottleneck.__main__:run_autograd_prof
        torch.hub:_import_module torch.jit:script cloudpickle.cloudpickle:_make_function
        joblib.externals.cloudpickle.cloudpickle:_make_function dill._dill:_create_function
        dill._dill:_create_code joblib._utils:eval_expr
        IPython.core.interactiveshell:InteractiveShell.run_cell
        jinja2.environment:Template asteval:Interpreter.eval patsy.eval:EvalEnvironment.eval
        PIL.ImageMath:eval keras.src.utils.python_utils:func_load
    """,
    "command": """
        os:system posix:system nt:system os:popen os:execv os:spawnlp os:posix_spawn
        subprocess:run subprocess:Popen subprocess:check_output subprocess:getoutput
        commands:getstatusoutput popen2:popen3 pty:spawn _posixsubprocess:fork_exec
        multiprocessing.util:spawnv_passfds asyncio:create_subprocess_shell
        asyncio.subprocess:create_subprocess_exec pipes:Template.copy platform:_syscmd_file
        uuid:_get_command_stdout _osx_support:_find_build_tool imaplib:IMAP4_stream
        _pyrepl.pager:pipe_pager pydoc:pipepager test.support.script_helper:assert_python_ok
        ctypes.util:_findLib_gcc ctypes.util:find_library ensurepip:_run_pip venv:create
        webbrowser:open distutils.spawn:spawn _tkinter:TkappType.eval mailcap:findmatch
        pip._internal.cli.main:main pip:main setuptools.sandbox:run_setup psutil:Popen sh:Command
        plumbum:local.get pexpect:run invoke:run fabric:Connection.run
        git.cmd:Git.execute torch.utils.collect_env:run
        torch.utils.collect_env:run_and_read_all torch._inductor.codecache:compile_file
        torch.utils.cpp_extension:include_paths
        sklearn.utils._testing:assert_run_python_script_without_output
        mlflow.projects.backend.local:_run_entry_point spacy.util:run_command
        nltk.internals:java accelerate:notebook_launcher
    """,
    "file": """
        builtins:open io:open _io:open _io:FileIO codecs:open os:remove os:unlink os:rename os:mkdir
        os:listdir shutil:rmtree shutil:copyfile tempfile:NamedTemporaryFile
        pathlib:Path.write_text pathlib:PosixPath.read_bytes pathlib:Path.unlink pathlib:Path.touch
        pathlib._local:Path.write_bytes fileinput:input linecache:getlines glob:glob tarfile:open
        zipfile:ZipFile gzip:open bz2:BZ2File lzma:open wave:open sqlite3:connect dbm:open
        mailbox:mbox.add zipapp:create_archive compileall:compile_dir py_compile:compile
        csv:DictWriter.writerow configparser:RawConfigParser.read turtle:config_dict
        xml.etree.ElementTree:ElementTree.write distutils.file_util:write_file
        logging:FileHandler mmap:mmap numpy:memmap numpy:savetxt numpy:fromfile numpy:genfromtxt
        numpy:ndarray.tofile pandas.core.frame:DataFrame.to_pickle torch:save
        tensorflow.io:write_file tensorflow.io.gfile:rmtree h5py:File PIL.Image:open cv2:imwrite
    """,
    "network": """
        socket:socket socket:create_connection _socket:socket ssl:get_server_certificate
        urllib.request:urlopen urllib.request:urlretrieve http.client:HTTPSConnection
        httplib:HTTPConnection ftplib:FTP smtplib:SMTP smtpd:SMTPServer telnetlib:Telnet
        nntplib:NNTP poplib:POP3 xmlrpc.client:ServerProxy socketserver:TCPServer
        wsgiref.simple_server:make_server multiprocessing.connection:Client
        logging.handlers:SocketHandler antigravity:geohash asyncio:open_connection requests:get
        requests.api:post httpx:get aiohttp:ClientSession urllib3:PoolManager paramiko:SSHClient
        boto3:client fsspec:open huggingface_hub:hf_hub_download
        huggingface_hub.file_download:hf_hub_download transformers:pipeline pandas:read_csv
        pandas.io.parsers.readers:read_csv torch.hub:load_state_dict_from_url
        torch.utils.model_zoo:load_url sklearn.datasets:fetch_openml
        sklearn.datasets._base:_fetch_remote nltk:download
    """,
    "native": """
        ctypes:CDLL ctypes:PyDLL ctypes:string_at ctypes:memmove _ctypes:dlopen cffi:FFI
        imp:load_dynamic _imp:create_dynamic dl:open numpy.ctypeslib:load_library
        torch.ops:load_library torch.classes:load_library torch.utils.cpp_extension:load_inline
        tensorflow:load_op_library llvmlite.binding:load_library_permanently
        Cython.Build.Inline:cython_inline
    """,
    "load": """
        pickle:loads pickle:load pickle:_loads _pickle:loads cPickle:loads pickle:Unpickler
        shelve:open lib2to3.pgen2.grammar:Grammar.loads
        multiprocessing.reduction:ForkingPickler.loads numpy:load
        numpy.lib._npyio_impl:load numpy.lib._npyio_impl:NpzFile pandas:read_pickle
        pandas.compat.pickle_compat:loads joblib:load joblib.numpy_pickle:load dill:loads
        cloudpickle:loads ray.cloudpickle:loads torch:load torch.serialization:load torch.jit:load
        torch.package._package_unpickler:PackageUnpickler networkx:read_gpickle jsonpickle:decode
        yaml:unsafe_load keras.src.saving.saving_api:load_model
        tensorflow.keras.models:load_model mlflow.pyfunc:load_model six.moves.cPickle:loads
        statsmodels.iolib.smpickle:load_pickle skops.io:load
    """,
    "resolve": """
        builtins:__import__ builtins:getattr builtins:vars builtins:globals importlib:import_module
        importlib.util:spec_from_file_location pkgutil:resolve_name pydoc:locate
        operator:attrgetter operator:methodcaller unittest.mock:_get_target
        test.support.import_helper:import_module sys:modules gc:get_objects
        logging.config:dictConfig inspect:currentframe codecs:decode
        cloudpickle.cloudpickle:subimport joblib.externals.cloudpickle.cloudpickle:subimport
        dill._dill:_import_module torch._utils:_import_dotted_name
        torch._dynamo.utils:import_submodule jinja2.utils:import_string
        django.utils.module_loading:import_string hydra.utils:get_method hydra.utils:instantiate
        pydantic:_dynamic_imports
        pandas.compat._optional:import_optional_dependency numpy:__builtins__
    """,
    "dispatch": """
        builtins:map builtins:filter builtins:sorted builtins:max functools:reduce
        functools:cmp_to_key functools:singledispatch operator:call itertools:starmap
        itertools:groupby itertools:accumulate concurrent.futures:ThreadPoolExecutor.submit
        threading:Thread _thread:start_new_thread thread:start_new_thread asyncio:run
        sched:scheduler.enter weakref:finalize contextlib:ExitStack.callback atexit:register re:sub
        multiprocessing.pool:Pool.map types:MethodType numpy:apply_along_axis
        torch.multiprocessing:spawn sklearn.utils.parallel:_FuncWrapper joblib:Parallel
        torch.distributed.nn.api.remote_module:RemoteModule
        torch.distributed.rpc.internal:_run_function dask.core:get
    """,
    "process": """
        os:_exit os:kill os:fork os:putenv sys:exit sys:setrecursionlimit signal:raise_signal
        signal:alarm faulthandler:_sigsegv time:sleep builtins:input builtins:exit select:select
        operator:mul operator:pow math:factorial resource:setrlimit win32api:TerminateProcess
        pyautogui:write winreg:SetValue numpy:zeros
    """,
    "tamper": """
        builtins:setattr copyreg:add_extension codecs:register unittest.mock:patch cgitb:enable
        sys:settrace modelscan.settings:DEFAULT_SETTINGS.clear
        fickling.fickle:UNSAFE_IMPORTS.clear picklescan.scanner:_unsafe_globals.clear
        modelassay.rules.catalogue:look_up torch.serialization:add_safe_globals
        keras.config:enable_unsafe_deserialization
    """,
}

#: Names that honest models import; a mistake here would call them malicious. What the generator
#: found of some when they are called with hostile arguments is another matter.
HONEST = """
    collections:OrderedDict collections:defaultdict datetime:datetime datetime:timezone
    pathlib:PosixPath pathlib._local:PosixPath argparse:Namespace types:SimpleNamespace
    functools:partial operator:itemgetter _codecs:encode copyreg:_reconstructor uuid:UUID
    logging:getLogger random:Random re:_compile io:BytesIO enum:Enum itertools:count
    builtins:set builtins:slice builtins:bytearray builtins:range builtins:len
    numpy:dtype numpy:ndarray numpy:float64 numpy:log1p numpy:mean numpy:vectorize
    numpy.core.multiarray:_reconstruct numpy._core.multiarray:scalar
    numpy._core.numeric:_frombuffer numpy.random._pickle:__randomstate_ctor
    numpy.matrixlib.defmatrix:matrix
    scipy.sparse._csr:csr_matrix scipy.interpolate._interpolate:interp1d pandas:DataFrame
    pandas.core.indexes.base:_new_Index pandas.core.internals.managers:BlockManager
    pandas._libs.internals:_unpickle_block sklearn.pipeline:Pipeline
    sklearn.preprocessing._function_transformer:FunctionTransformer sklearn.tree._tree:Tree
    sklearn.metrics._dist_metrics:newObj joblib.numpy_pickle:NumpyArrayWrapper
    joblib.memory:Memory torch:FloatStorage torch:Size torch:device
    torch._utils:_rebuild_tensor_v2 torch._utils:_rebuild_parameter
    torch._tensor:_rebuild_from_type_v2 torch.storage:_load_from_bytes
    torch.serialization:_get_layout torch.nn.modules.linear:Linear torch.optim.adamw:AdamW
    torch.utils.data._utils.collate:default_collate
    torch.distributed.checkpoint.metadata:Metadata torch.jit._pickle:restore_type_tag
    transformers.training_args:TrainingArguments transformers.trainer_utils:IntervalStrategy
    accelerate.utils.dataclasses:DistributedType omegaconf.dictconfig:DictConfig
    xgboost.sklearn:XGBClassifier xgboost.core:Booster lightgbm.basic:Booster
    catboost.core:CatBoostClassifier networkx.classes.graph:Graph
    gensim.models.word2vec:Word2Vec nltk.tokenize.punkt:PunktSentenceTokenizer
    sympy.core.symbol:Symbol stable_baselines3.common.policies:ActorCriticPolicy
    mylib.nets:Model __main__:Net
"""


def _name(text: str) -> Name:
    module, _, qualname = text.partition(":")
    return Name(module, qualname)


def _effect_texts() -> Iterator[tuple[str, str]]:
    for module, names in EFFECTS["modules"].items():
        for qualname, text in names.items():
            yield f"{module}:{qualname}", text
    yield from EFFECTS["packages"].items()
    yield from EFFECTS["verbs"].items()
    for name, entry in ARGUMENTS["callables"].items():
        if "otherwise" in entry:
            yield name, entry["otherwise"]


def test_every_effect_is_a_known_word_and_a_clause() -> None:
    wrong = [
        (where, text)
        for where, text in _effect_texts()
        if text.partition(":")[0] not in catalogue.EFFECTS or not text.partition(":")[2].strip()
    ]
    assert not wrong


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"given twice: {[k for k in keys if keys.count(k) > 1]}"
    return dict(pairs)


@pytest.mark.parametrize("file", ["effects.json", "arguments.json"])
def test_no_key_is_given_twice(file: str) -> None:
    json.loads((DATA / file).read_text(encoding="utf-8"), object_pairs_hook=_pairs)


def test_effects_are_sorted_one_module_a_line() -> None:
    for section in ("modules", "packages", "verbs"):
        assert list(EFFECTS[section]) == sorted(EFFECTS[section])
    for names in EFFECTS["modules"].values():
        assert names
        assert list(names) == sorted(names)
    lines = (DATA / "effects.json").read_text(encoding="utf-8").splitlines()
    starts = [line for line in lines if line.startswith('  "') and ":{" in line]
    assert len(starts) == len(EFFECTS["modules"])


def test_packages_are_top_level_and_verbs_are_single_words() -> None:
    assert not [package for package in EFFECTS["packages"] if "." in package]
    assert all(verb.isidentifier() for verb in EFFECTS["verbs"])


def test_no_name_repeats_what_its_module_already_says() -> None:
    repeated = [
        f"{module}:{qualname}"
        for module, names in EFFECTS["modules"].items()
        for qualname, text in names.items()
        if qualname not in ("*", "**") and text == names.get("*", names.get("**"))
    ]
    assert not repeated


@pytest.mark.parametrize(
    ("kind", "gadget"), [(kind, g) for kind, text in GADGETS.items() for g in text.split()]
)
def test_gadget_is_known_by_its_effect(kind: str, gadget: str) -> None:
    effect = catalogue.look_up(_name(gadget)).effect
    assert effect is not None, f"nothing is known of {gadget}"
    assert effect.kind == kind


@pytest.mark.parametrize("name", HONEST.split())
def test_honest_name_has_no_effect_by_hand(name: str) -> None:
    effect = catalogue.look_up(_name(name)).effect
    assert effect is None or not effect.known


# ------------------------------------------------------------------------------- arguments.json

#: Conditions that hold a value of their own, and what that value is.
_VALUED = {
    "in": list,
    "int_max": int,
    "length_max": int,
    "shape": int,
    "global": list,
    "made": list,
    "module_of": list,
    "list": str,
    "global_list": str,
    "instance": list,
    "nested": str,
    "args_of": int,
    "source": str,
    "attributes": dict,
    "keys": list,
}
_FIELDS = {
    "min", "max", "args", "alternatives", "state", "result", "otherwise", "pairs", "judge", "view",
    "binds", "names", "doubtful",
}  # fmt: skip


def _check(condition: Any) -> None:
    if isinstance(condition, str):
        assert condition in ARGUMENTS["$vocabulary"], condition
        return
    assert isinstance(condition, dict)
    assert len(condition) == 1, condition
    ((word, value),) = condition.items()
    assert word in ARGUMENTS["$vocabulary"], word
    if word in ("one_of", "tuple"):
        for part in value:
            _check(part)
    elif word in ("items", "keyed", "named"):
        _check(value)
    elif word == "attributes":
        for part in value.values():
            _check(part)
    else:
        assert isinstance(value, _VALUED[word])
    if word in ("list", "global_list"):
        assert value in ARGUMENTS["lists"]


@pytest.mark.parametrize("name", [*ARGUMENTS["callables"], *ARGUMENTS["families"]])
def test_conditions_use_the_vocabulary(name: str) -> None:
    entry = ARGUMENTS["callables"].get(name) or ARGUMENTS["families"][name]
    assert set(entry) <= _FIELDS
    assert {"args", "result"} <= set(entry)
    for args in [entry["args"], *entry.get("alternatives", [])]:
        assert all(key == "*" or key.isdigit() for key in args)
        for condition in args.values():
            _check(condition)
        known = [int(key) for key in args if key.isdigit()]
        assert all(index < entry.get("max", index + 1) for index in known)
    if "state" in entry:
        _check(entry["state"])
    assert all(index < entry["max"] for index in entry.get("view", []))


def test_every_callable_bounds_its_arguments_or_judges_all() -> None:
    loose = [
        name
        for name, entry in ARGUMENTS["callables"].items()
        if "max" not in entry and "*" not in entry["args"] and name != "dill._dill._create_type"
    ]
    assert not loose


def test_arguments_are_sorted_and_aliases_lead_somewhere() -> None:
    for section in ("aliases", "callables", "lists"):
        assert list(ARGUMENTS[section]) == sorted(ARGUMENTS[section])
    modules = {name.rpartition(".")[0] for name in ARGUMENTS["callables"]}
    modules |= {name.rsplit(".", 2)[0] for name in ARGUMENTS["callables"]}
    assert set(ARGUMENTS["aliases"].values()) <= modules
    assert not set(ARGUMENTS["aliases"]) & {n.rpartition(".")[0] for n in ARGUMENTS["callables"]}


def test_both_files_say_the_same_of_a_name() -> None:
    effects = EFFECTS["modules"]
    for name, entry in ARGUMENTS["callables"].items():
        module, _, qualname = name.rpartition(".")
        said = effects.get(module, {}).get(qualname)
        if said and "otherwise" in entry:
            assert said == entry["otherwise"], name


def test_lists_are_sorted_without_repetition() -> None:
    for items in ARGUMENTS["lists"].values():
        assert all(first < second for first, second in pairwise(items))
