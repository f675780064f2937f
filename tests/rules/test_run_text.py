"""Text in a state that a class runs: SciPy's argument parsers and model formulas."""

from __future__ import annotations

import pytest

from modelassay.rules.catalogue import arguments
from modelassay.rules.formulas import is_argument_parser, is_plain_formula
from tests.helpers.scanning import rules_of, scan_bytes

NORMAL = b"cscipy.stats._continuous_distns\nnorm_gen\n)\x81"
DATA = b"cstatsmodels.base.data\nPandasData\n)\x81"
PARSER = """
def _parse_args(self, {0} loc=0, scale=1):
    return ({0}), loc, scale

def _parse_args_rvs(self, {0} loc=0, scale=1, size=None):
    return self._argcheck_rvs({0} loc, scale, size=size)

def _parse_args_stats(self, {0} loc=0, scale=1, moments='mv'):
    return ({0}), loc, scale, moments
"""


def text(value: str) -> bytes:
    """Return the opcode of a string."""
    data = value.encode()
    return b"X" + len(data).to_bytes(4, "little") + data


def state(*pairs: tuple[str, str]) -> bytes:
    """Return a dict and the BUILD that sets it."""
    return b"}(" + b"".join(text(key) + text(value) for key, value in pairs) + b"ub"


def said(body: bytes) -> dict[str, str]:
    """Return what is said of a stream."""
    return rules_of(scan_bytes(b"\x80\x02" + body + b"."))


FILLED = [PARSER.format(""), PARSER.format("a, b, ")]
CRAFTED = [
    "print(1)",
    PARSER.format("") + "print(1)\n",
    PARSER.format("a=print(1), "),
    PARSER.format("").replace("scale=1", "scale=print(1)", 1),
    PARSER.format("").replace("moments\n", "moments, print(1)\n"),
]


@pytest.mark.parametrize("filled", FILLED)
def test_the_template_filled_with_names_is_silent(filled: str) -> None:
    assert is_argument_parser(filled)
    assert not said(NORMAL + state(("_parse_arg_template", filled), ("name", "norm")))


@pytest.mark.parametrize("crafted", CRAFTED)
def test_another_parser_is_told(crafted: str) -> None:
    assert said(NORMAL + state(("_parse_arg_template", crafted)))["hostile-argument"] == "high"


def test_each_state_counts_not_only_the_first() -> None:
    honest = NORMAL + state(("_parse_arg_template", FILLED[0]))
    crafted = NORMAL + state(("_parse_arg_template", CRAFTED[1]))
    assert "hostile-argument" not in said(b"(" + honest * 3 + b"l")
    assert said(b"(" + honest * 3 + crafted + b"l")["hostile-argument"] == "high"
    twice = (("_parse_arg_template", FILLED[0]), ("_parse_arg_template", CRAFTED[1]))
    assert said(NORMAL + state(*twice))["hostile-argument"] == "high"
    many = [(f"key{number}", "x") for number in range(200)]
    assert "hostile-argument" in said(NORMAL + state(*many, ("_parse_arg_template", CRAFTED[1])))
    flood = [(f"key{number}", "x") for number in range(5000)]
    assert "hostile-argument" in said(NORMAL + state(*flood))


GENERATOR = b"cnumpy.random\n__RandomState_ctor\n)R"


@pytest.mark.parametrize("generator", [b"N", GENERATOR])
def test_parameters_and_a_generator_were_the_state_of_old_releases(generator: bytes) -> None:
    parameters = b"}(" + text("name") + text("norm") + text("shapes") + b"Nu"
    assert not said(NORMAL + parameters + generator + b"\x86b")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (b"(" + text("_parse_arg_template") + text("print(1)") + b"t", b"N"),
        (b"}" + text("_parse_arg_template") + text("print(1)") + b"s", b"N"),
        (b"}", b"(" + text("_parse_arg_template") + text("print(1)") + b"t"),
        (b"}", b"ccollections\nOrderedDict\n)R"),
    ],
)
def test_other_pairs_would_be_put_into_new_releases(first: bytes, second: bytes) -> None:
    assert said(NORMAL + first + second + b"\x86b")["hostile-argument"] == "high"


def test_a_state_that_is_no_dict_is_told() -> None:
    pair = b"(" + text("_parse_arg_template") + text("print(1)") + b"t"
    assert said(NORMAL + b"](" + pair + b"eb")["hostile-argument"] == "high"
    assert said(NORMAL + b"(" + pair + b"tb")["hostile-argument"] == "high"
    made = b"ccollections\nOrderedDict\n](" + pair + b"e\x85R"
    assert said(NORMAL + made + b"b")["hostile-argument"] == "high"


PLAIN = [
    "y ~ a + C(g)",
    "Lottery ~ Literacy + Wealth + C(Region)",
    "y ~ np.log(a+1) + I(b**2)",
    "y ~ C(g, Treatment(reference='a'))*b - 1",
    "y ~ a:b + (a+b+c)**2",
    "k ~ bs(x, df=4, degree=3)",
    "y ~ Q('my column') + scale(x)",
    "y ~ I(g == 'a') + I((a + b) * 2)",
    "y ~ (a + b) * c / 100",
]
#: Code, attributes and calls of what is no known function; then what makes values without end.
RUNNING = [
    "y ~ os.system('x')",
    "y ~ eval('x')",
    "__import__('os').system('id')",
    "y ~ (eval)('x')",
    "y ~ C (eval) ('x')",
    "I([eval][0]('x'))",
    "y ~ f'{x}'",
    "{a}",
    "`a`",
    "y ~ np.load('x')",
    "y ~ np.log.__class__(a)",
    "y ~ x.__class__",
    "I(1\n.real)",
    "lambda: 1",
    "I(9**9**9)",
    "I(9**(9**9))",
    "I(9 ** a)",
    "I((9**9)**9)**9",
    "y ~ I('a'*9999999)",
    "C(I('a')*9999999)",
    "I((1,2)*9999999)",
    "C([1]*9999999)",
    "y ~ C('a' % 9)",
    "y ~ 99999999999",
    "",
]


@pytest.mark.parametrize("formula", PLAIN)
def test_columns_and_known_functions_are_silent(formula: str) -> None:
    assert is_plain_formula(formula, arguments().lists["formula-functions"])
    assert not said(DATA + state(("formula", formula), ("restore_model_spec", "")))


@pytest.mark.parametrize("formula", RUNNING)
def test_other_formulas_are_told(formula: str) -> None:
    assert said(DATA + state(("formula", formula)))["hostile-argument"] == "high"


def test_a_formula_that_is_made_is_told() -> None:
    made = b"}" + text("formula") + b"cpatsy.desc\nModelDesc\n)\x81sb"
    assert said(DATA + made)["hostile-argument"] == "high"
