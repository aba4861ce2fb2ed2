"""From a config to a Scorer: everything that can be known to be wrong is said before anything is scored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pytest
from pydantic import Field

import vlm_rewards as vr
from vlm_rewards.errors import ConfigError
from vlm_rewards.registry.registry import Registry

if TYPE_CHECKING:
    from tests.core.conftest import RegistryOf, ScorerOf, Site


def no_frame(context: vr.Context, *, space: str = "pixels", **_: object) -> None:
    if space == "resized" and context.frame is None:
        raise ValueError("space 'resized' needs a frame")
    if space == "odd":
        raise KeyError("oops")


@vr.reward(range=(0, 1), check=no_frame)
def overlap(
    completion: vr.Completion,
    solution: str,
    images: vr.Images = (),
    *,
    space: Literal["pixels", "resized", "odd"] = "pixels",
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None,
) -> float:
    """Overlap."""
    return 1.0


@vr.reward(range=(0, 2))
def length(completion: vr.Completion, *, most: int) -> float:
    """Length."""
    return 1.0


WHO = "'lab/overlap' (lab-rewards 1.2.3)"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "r.yaml"


@pytest.fixture
def registry(registry_of: RegistryOf) -> Registry:
    return registry_of(overlap, length)


def problems_of(file: Path, registry: Registry, terms: str, *, top: str = "", **options: Any) -> tuple[str, ...]:
    """Problems of a file whose terms start in its third line."""
    file.write_text(f"version: 1\nrewards:\n{terms}\n{top}\n")
    with pytest.raises(ConfigError) as caught:
        vr.load_scorer(file, registry=registry, **options)
    return caught.value.problems


class TestProblems:
    @pytest.mark.parametrize(
        ("term", "column", "message"),
        [
            (
                "{use: lab/overlapp}",
                12,
                (
                    "rewards.t.use: Pack 'lab' (lab-rewards 1.2.3) has no reward 'overlapp'; it has lab/length, "
                    "lab/overlap. Did you mean 'lab/overlap'?"
                ),
            ),
            (
                "{use: lib/overlap}",
                12,
                "rewards.t.use: No installed pack is named 'lib'; installed: lab. Did you mean 'lab'?",
            ),
            ("{use: overlap}", 12, "rewards.t.use: 'overlap' names no reward: write 'pack/reward'"),
            (
                "{use: lab/overlap, params: {treshold: 0.5}}",
                34,
                (
                    f"rewards.t.params.treshold: {WHO} has no parameter 'treshold'; it has space, threshold. "
                    "Did you mean 'threshold'?"
                ),
            ),
            (
                "{use: lab/overlap, params: {threshold: high}}",
                45,
                (
                    f"rewards.t.params.threshold: {WHO}: Input should be a valid number, unable to parse string as a "
                    "number, not 'high'."
                ),
            ),
            (
                "{use: lab/overlap, params: {threshold: 2}}",
                45,
                f"rewards.t.params.threshold: {WHO}: Input should be less than or equal to 1, not 2.",
            ),
            (
                "{use: lab/overlap, params: {space: inches}}",
                41,
                f"rewards.t.params.space: {WHO}: Input should be 'pixels', 'resized' or 'odd', not 'inches'.",
            ),
            (
                "{use: lab/length}",
                6,
                "rewards.t.params.most: 'lab/length' (lab-rewards 1.2.3) needs the parameter 'most'.",
            ),
            (
                "{use: lab/length, params: {lest: 1}}",
                32,
                "rewards.t.params.most: 'lab/length' (lab-rewards 1.2.3) needs the parameter 'most'.",
            ),
            (
                "{use: lab/overlap, columns: {solutoin: gold}}",
                35,
                (
                    f"rewards.t.columns.solutoin: {WHO} reads nothing as 'solutoin'; it reads solution, images. "
                    "Did you mean 'solution'?"
                ),
            ),
            (
                "{use: lab/length, params: {most: 1}, columns: {solution: gold}}",
                53,
                (
                    "rewards.t.columns.solution: 'lab/length' (lab-rewards 1.2.3) reads nothing as 'solution'; "
                    "it reads nothing."
                ),
            ),
            (
                "{use: lab/overlap, params: {space: resized}}",
                33,
                f"rewards.t.params: {WHO}: space 'resized' needs a frame",
            ),
            ("{use: lab/overlap, params: {space: odd}}", 12, f"rewards.t.use: {WHO}: its `check` raised KeyError: 'oo"),
            ("{use: lab/overlap, gate: t}", 31, "rewards.t.gate: 't' is this term itself; the others are none."),
            ("{use: lab/overlap, gate: u}", 31, "rewards.t.gate: 'u' is not a term; the others are none."),
            (
                "{use: lab/overlap, range: [0, 1]}",
                32,
                "rewards.t.range: 'lab/overlap' declares its own range; only `trl:` functions need one.",
            ),
            (
                "{use: lab/overlap, weight: 1e20}",
                33,
                "rewards.t.weight: the term may count 1e+20, and trainers compute in single precision",
            ),
            ("{use: lab/overlap, on_error: -1e38}", 6, "rewards.t.weight: the term may count 1e+38, and trainers"),
            (
                "{use: 'trl:os.getcwd', range: [0, 1]}",
                12,
                "rewards.t.use: 'trl:os.getcwd' imports code; set `allow_imports: true` at the top to permit it.",
            ),
        ],
    )
    def test_a_mistake_is_shown_in_its_place(
        self, file: Path, registry: Registry, term: str, column: int, message: str
    ) -> None:
        problems = problems_of(file, registry, f"  t: {term}")
        (problem,) = [problem for problem in problems if message in problem]
        assert problem.startswith(f"{file}:3:{column}: {message}")
        assert problem.endswith(f"  3 |   t: {term}\n    | {' ' * (column - 1)}^")

    def test_every_mistake_is_shown_at_once_in_the_order_of_the_file(self, file: Path, registry: Registry) -> None:
        terms = (
            "  one: {use: lab/nothing}\n"
            "  two: {use: lab/overlap, params: {treshold: 1, space: inches}, columns: {gold: x}, gate: on}\n"
            "  three: {use: lab/length}"
        )
        problems = problems_of(file, registry, terms)
        assert [problem.partition(" ")[0].removeprefix(str(file)) for problem in problems] == [
            ":3:14:",
            ":4:36:",
            ":4:56:",
            ":4:75:",
            ":4:91:",
            ":5:10:",
        ]
        assert "'on' is not a term; the others are one, three. Did you mean 'one'?" in problems[4]

    def test_gates_in_a_circle_are_told_as_the_circle(self, file: Path, registry: Registry) -> None:
        terms = (
            "  a: {use: lab/overlap, gate: b}\n"
            "  b: {use: lab/overlap, gate: {term: c}}\n"
            "  c: {use: lab/overlap, gate: b}\n"
            "  d: {use: lab/overlap}"
        )
        (problem,) = problems_of(file, registry, terms)
        assert problem.startswith(f"{file}:4:31: rewards.b.gate: the gates go in a circle: b -> c -> b; remove one.")

    def test_a_broken_pack_is_a_mistake_of_the_term_that_names_it(self, file: Path, site: Site) -> None:
        site.install("import no_such_module_anywhere")
        problems = problems_of(file, site.registry(), "  t: {use: acme/brevity}")
        assert f"{file}:3:12: rewards.t.use: Pack 'acme' (acme-rewards 1.0) cannot be imported" in problems[0]

    def test_a_blocked_pack_is_a_mistake_that_says_what_to_do(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("VLM_REWARDS_BLOCK", "math")
        (problem,) = problems_of(file, Registry(), "  t: {use: math/answer}")
        assert "is installed but blocked by VLM_REWARDS_BLOCK; take 'math' out of that variable to use it." in problem

    def test_an_annotation_that_cannot_be_resolved_is_a_mistake(self, file: Path, site: Site) -> None:
        site.install(
            "from __future__ import annotations\nimport vlm_rewards as vr\n"
            "@vr.reward(range=(0, 1))\ndef odd(completion, solution: Gone, *, limit: Missing = 3): ...\n"
            "@vr.hookimpl\ndef vlm_rewards_register(): return [odd]\n"
        )
        problems = problems_of(file, site.registry(), "  t: {use: acme/odd}")
        for name in ("limit", "solution"):
            (problem,) = [problem for problem in problems if f"an annotation among {name}" in problem]
            assert "cannot be resolved (NameError: name" in problem
            assert "import its type outside `if TYPE_CHECKING`" in problem

    def test_an_annotation_that_pydantic_refuses_is_a_mistake(self, file: Path, site: Site) -> None:
        site.install(
            "from typing import Annotated\nimport vlm_rewards as vr\nfrom pydantic import Field\n"
            "Odd = Annotated[str, Field(pattern='(')]\n"
            "@vr.reward(range=(0, 1))\ndef odd(completion, solution: Odd, *, limit: Odd = ''): ...\n"
            "@vr.hookimpl\ndef vlm_rewards_register(): return [odd]\n"
        )
        problems = "".join(problems_of(file, site.registry(), "  t: {use: acme/odd}"))
        assert "rewards.t.params: 'acme/odd' (acme-rewards 1.0): Reward 'odd': its options cannot be" in problems
        assert "Reward 'odd': the annotation of `solution` cannot be validated: SchemaError" in problems

    def test_a_dict_has_the_same_problems_without_places(self, registry: Registry) -> None:
        config = {"version": 1, "rewards": {"t": {"use": "lab/overlap", "params": {"treshold": 1}}}}
        with pytest.raises(ConfigError) as caught:
            vr.load_scorer(config, registry=registry)
        assert str(caught.value) == (
            f"rewards.t.params.treshold: {WHO} has no parameter 'treshold'; it has space, threshold. "
            "Did you mean 'threshold'?"
        )

    def test_the_frame_satisfies_the_check_and_an_unknown_context_asks_nothing(self, scorer_of: ScorerOf) -> None:
        terms = {"t": {"use": "lab/overlap", "params": {"space": "resized"}}}
        frame = vr.FrameSpec(28, 1, 100)
        assert scorer_of(overlap, terms=terms, context=vr.Context(frame=frame))
        assert scorer_of(overlap, terms=terms, context=None)


class TestPins:
    CLASHING = (
        "import vlm_rewards as vr\n"
        "@vr.reward(range=(0, 1))\ndef half(completion): return 0.5\n"
        "@vr.hookimpl\ndef vlm_rewards_register(): return [half]\n"
    )

    @pytest.fixture
    def registry(self, site: Site) -> Registry:
        site.install(self.CLASHING, distribution="one-rewards")
        site.install(self.CLASHING.replace("0.5", "0.25"), distribution="two-rewards")
        return site.registry()

    def test_a_clash_is_a_mistake_with_the_pin_that_resolves_it(self, file: Path, registry: Registry) -> None:
        (problem,) = problems_of(file, registry, "  t: {use: acme/half}")
        assert f"{file}:3:12: rewards.t.use: Pack 'acme' is claimed by" in problem
        assert "choose in the config: `packs: {acme: {distribution: " in problem

    @pytest.mark.parametrize(("pin", "score"), [("one-rewards", 0.5), ("two-rewards", 0.25)])
    def test_a_pin_chooses(self, registry: Registry, pin: str, score: float) -> None:
        config = {"version": 1, "rewards": {"t": {"use": "acme/half"}}, "packs": {"acme": {"distribution": pin}}}
        assert vr.load_scorer(config, registry=registry).score(vr.Batch.of(["x"])).totals == [score]

    def test_a_wrong_pin_names_the_choices(self, file: Path, registry: Registry) -> None:
        (problem,) = problems_of(
            file, registry, "  t: {use: acme/half}", top="packs: {acme: {distribution: oen-rewards}}"
        )
        assert "is provided by" in problem
        assert "Did you mean 'one-rewards'?" in problem


class TestTrlFunctions:
    @pytest.fixture
    def module(self, site: Site) -> str:
        return site.install("def near(completions, **kwargs):\n    return [1.5 for _ in completions]\n")

    def test_it_is_imported_when_the_config_permits(self, module: str) -> None:
        config = {"version": 1, "allow_imports": True, "rewards": {"t": {"use": f"trl:{module}.near", "range": [0, 2]}}}
        scorer = vr.load_scorer(config)
        assert scorer.score(vr.Batch.of(["x", "y"])).totals == [1.5, 1.5]
        assert scorer.terms[0].full_name == "trl/near"

    def test_it_needs_a_range(self, file: Path, module: str) -> None:
        (problem,) = problems_of(file, Registry(), f"  t: {{use: 'trl:{module}.near'}}", top="allow_imports: true")
        assert f"'trl:{module}.near' declares no range; add `range: [0, 1]` to the term." in problem

    def test_what_cannot_be_imported_is_a_mistake_of_the_term(self, file: Path, module: str) -> None:
        term = f"  t: {{use: 'trl:{module}.far', range: [0, 1]}}"
        (problem,) = problems_of(file, Registry(), term, top="allow_imports: true")
        assert f"{file}:3:12: rewards.t.use: '{module}.far' cannot be imported: AttributeError" in problem


class TestScorers:
    def test_terms_stand_after_their_gates_and_the_result_in_the_order_of_the_file(self, scorer_of: ScorerOf) -> None:
        terms = {
            "last": {"use": "lab/overlap", "gate": "middle"},
            "middle": {"use": "lab/overlap", "gate": "first"},
            "first": {"use": "lab/overlap"},
        }
        scorer = scorer_of(overlap, terms=terms)
        assert [term.name for term in scorer.terms] == ["first", "middle", "last"]
        assert list(scorer.score(vr.Batch.of(["x"], solution="y")).terms) == ["last", "middle", "first"]

    def test_a_gate_without_a_bound_opens_at_the_top_of_the_others_range(self, scorer_of: ScorerOf) -> None:
        terms = {
            "t": {"use": "lab/overlap", "gate": "g"},
            "u": {"use": "lab/overlap", "gate": {"term": "g", "at_least": 0.5}},
            "g": {"use": "lab/length", "params": {"most": 1}},
        }
        gates = {term.name: term.gate for term in scorer_of(overlap, length, terms=terms).terms}
        assert gates["t"] is not None
        assert gates["u"] is not None
        assert (gates["t"].at_least, gates["u"].at_least) == (2.0, 0.5)

    def test_options_get_their_defaults(self, scorer_of: ScorerOf) -> None:
        terms = {"t": {"use": "lab/overlap", "params": {"threshold": "0.5"}}}
        assert scorer_of(overlap, terms=terms).terms[0].params == {"space": "pixels", "threshold": 0.5}

    def test_the_policy_of_a_term_wins_over_that_of_the_file(self, scorer_of: ScorerOf) -> None:
        terms = {"t": {"use": "lab/overlap", "on_error": -1}, "u": {"use": "lab/overlap"}}
        scorer = scorer_of(overlap, terms=terms, on_error="fail")
        assert [term.on_error for term in scorer.terms] == [-1.0, "fail"]

    def test_one_reward_may_be_several_terms(self, scorer_of: ScorerOf) -> None:
        terms = {
            "t": {"use": "lab/length", "params": {"most": 1}},
            "u": {"use": "lab/length", "params": {"most": 2}, "weight": 0.5},
        }
        assert scorer_of(length, terms=terms).score(vr.Batch.of(["x"])).totals == [1.5]


def test_mistakes_of_form_and_of_meaning_come_together(tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / "rewards.yaml"
    path.write_text(
        "version: 1\n"
        "rewards:\n"
        "  one: {use: lab/overlap, wieght: 2}\n"
        "  two: {use: lab/overlab}\n"
        "  three: {use: lab/overlap, gate: four}\n"
        "  on: {use: lab/overlap, gate: too}\n"
        "  four: {use: lab/overlap, clip: [1, 0], gate: two}\n"
        "max_char: 5\n"
    )
    with pytest.raises(ConfigError) as raised:
        vr.load_scorer(path, registry=registry)
    places = [problem.removeprefix(str(path)).partition(" ")[0] for problem in raised.value.problems]
    assert [place.split(":")[1] for place in places] == ["3", "4", "6", "7", "8"]


def test_a_term_may_count_up_to_the_limit_of_single_precision(scorer_of: ScorerOf) -> None:
    @vr.reward(range=(0.0, 1.0))
    def half(completion: vr.Completion) -> float:
        return 0.5

    (term,) = scorer_of(half, terms={"t": {"use": "lab/half", "weight": 1e15}}).terms
    assert term.weight.at(0) == 1e15
    with pytest.raises(ConfigError, match="keep it under"):
        scorer_of(half, terms={"t": {"use": "lab/half", "weight": 1.0000001e15}})
