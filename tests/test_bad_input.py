"""Whatever is wrong with the input gets one clear message with its place, exit code 2 and no traceback."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from surveykit.cli import main
from tests.conftest import SMALL_STUDY

Spoil = Callable[[Path], object]


def swap(old: str, new: str, file: str = "study.yaml") -> Spoil:
    """Replace the first occurrence of a text in one file of the study."""

    def spoil(folder: Path) -> None:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"the test's own text is stale: {old}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


def column(name: str, value: str | None, file: str = "responses.csv") -> Spoil:
    """Give a whole column one value."""

    def spoil(folder: Path) -> None:
        pd.read_csv(folder / file, dtype=str).assign(**{name: value}).to_csv(folder / file, index=False)

    return spoil


def rewrite(file: str, content: str) -> Spoil:
    """Replace a whole file."""
    return lambda folder: (folder / file).write_text(content, encoding="utf-8")


def weigh(weights: str) -> tuple[str, str]:
    """What to swap for a study with weights, or with more keys behind them."""
    return "exclude:\n", f"weights: {weights}\nexclude:\n"


def targets(rows: str) -> Spoil:
    """Rake to these targets of the organisations' sizes."""

    def spoil(folder: Path) -> None:
        (folder / "size.csv").write_text(f"category,share\n{rows}\n", encoding="utf-8")
        swap(*weigh("{rake: {size: size.csv}}"))(folder)

    return spoil


def old_wave(responses: str) -> Spoil:
    """Name an earlier wave with these responses."""

    def spoil(folder: Path) -> None:
        (folder / "old.csv").write_text(responses, encoding="utf-8")
        swap(*weigh("null\nwave: new\nwaves: {old: {responses: {file: old.csv}}}"))(folder)

    return spoil


def at(text: str) -> str:
    """The study file's line on which a text stands, as messages name it."""
    (number,) = [number for number, line in enumerate(SMALL_STUDY.splitlines(), 1) if text in line]
    return rf"study\.yaml:{number}: "


BAD = {
    "no study file": (lambda f: (f / "study.yaml").unlink(), r"study\.yaml: no such study file"),
    "study is empty": (rewrite("study.yaml", ""), r"study\.yaml: the study file must hold keys and values"),
    "study is no mapping": (rewrite("study.yaml", "- a\n- b\n"), r"the study file must hold keys and values"),
    "study is no YAML": (swap("missing: [", "missing: [["), r"study\.yaml:\d+: not valid YAML: .*Check indentation"),
    "tab in YAML": (swap("  agree5:", "\tagree5:"), at("agree5: {") + "not valid YAML"),
    "unknown key": (swap("reversed: true", "reversd: true"), at("turned: {") + ".*'items.turned.reversd'.*Did you mean 'reversed'"),
    "unknown top key": (swap("benchmarks:", "benchmark:"), at("benchmarks: b") + r"unknown key 'benchmark'.*Did you mean 'benchmarks'"),
    "key twice": (swap("  plain_2:", "  plain_1:"), at("plain_2: {") + "key 'plain_1' stands twice.*line 9"),
    "key missing": (swap("title: A small study\n", ""), "key 'title' is missing"),
    "wrong kind": (swap("min_cell: 5", "min_cell: some"), at("report: ") + r"report\.min_cell: .*given: 'some'"),
    "label mapped twice": (swap("No: 0, Yes: 1", "No: 0, no: 1"), at("yes_no: {") + "answers.yes_no: label 'no' is mapped twice"),
    "same label twice": (swap("No: 0, Yes: 1", "No: 0, No: 1"), at("yes_no: {") + "label 'No' is mapped twice"),
    "unknown answers": (swap("{column: q2, answers: agree5}", "{column: q2, answers: agree6}"), at("plain_2: {") + "answer set 'agree6'.*'agree5'"),
    "scale of unknown item": (swap("plain_2, turned]", "plain_3, turned]"), at("clarity: {items") + "item 'plain_3' is declared nowhere.*Did you mean"),
    "more answered than items": (swap("min_answered: 2", "min_answered: 4"), at("clarity: {items") + ".*min_answered is 4, but the scale has 3 items"),
    "reversed without range": (swap("{column: q3, answers: agree5, ", "{column: q3, "), at("turned: {") + ".*reversed item needs 'answers' or 'range'"),
    "range upside down": (swap("answers: agree5, reversed", "range: [5, 1], reversed"), at("turned: {") + ".*from the lowest to the highest"),
    "unknown rule": (swap("- preview", "- previews"), at("- preview") + "exclude.0: unknown rule 'previews'.*Did you mean 'preview'"),
    "rule badly set": (swap("0.3 of median", "quick"), at("- faster_than") + ".*0.33 of median.*given: 'quick'"),
    "rule without its column": (swap(" status: status,", ""), at("- preview") + "rule 'preview' needs 'columns: status'"),
    "column not there": (swap("column: q2", "column: q22"), at("plain_2: {") + r"column 'q22' is not in responses\.csv.*Did you mean"),
    "personal column not there": (swap("[email]", "[mail]"), at("columns: {resp") + "column 'mail' is not in.*Did you mean 'email'"),
    "outcome unknown": (swap("outcome: done", "outcome: don"), at("outcome: done") + "outcome 'don' is declared nowhere.*Did you mean 'done'"),
    "outcome on executive rows": (swap("level: initiative", "level: executive"), at("outcome: done") + ".*once for an initiative.*counted as often"),
    "outcome above its rows": (swap("outcome: done", "outcome: score"), at("outcome: done") + ".*once for an organisation.*Set 'level: organisation'"),
    "predictor of another unit": (swap("predictors: [clarity]", "predictors: [plain_1]"), at("outcome: done") + ".*no single value for an initiative.*Use a scale"),
    "segment unknown": (swap("segments: [size]", "segments: [sice]"), at("report: ") + "segment 'sice'.*Did you mean 'size'"),
    "name used twice": (swap("  role: {column: role", "  clarity: {column: role"), "the name 'clarity' is declared more than once"),
    "estimate of unknown code": (swap("values: [4, 5]", "values: [4, 6]"), at("share_of") + "estimate 'agree' counts 6.*allowed: 1, 2, 3, 4, 5"),
    "missing is no list": (swap("missing: [Don't know, -99]", "missing: -99"), at("missing: [") + "missing: a list of labels is needed"),
    "empty label": (swap("No: 0, Yes: 1", '"": 0, Yes: 1'), at("yes_no: {") + ".*an empty label cannot be mapped"),
    "text codes of a binary": (swap("No: 0, Yes: 1", "No: no, Yes: yes"), ".*'done' need numeric codes.*Write each label"),
    "personal column used": (swap("personal: [email]", "personal: [email, q1]"), at("plain_1: {") + "column 'q1' is personal"),
    "share of a scale": (swap("share_of: plain_1", "share_of: clarity"), at("share_of") + "'clarity' is a scale.*Use 'mean_of'"),
    "mean of a category": (swap("share_of: plain_1, values: [4, 5]", "mean_of: role"), at("share_of") + "'role' is a category.*Use 'share_of'"),
    "share of no such value": (swap("share_of: plain_1, values: [4, 5]", "share_of: role, values: [CEOs]"), at("share_of") + ".*counts 'CEOs'.*allowed: CEO, CIO.*Did you mean 'CEO'"),
    "segment is a scale": (swap("segments: [size]", "segments: [clarity]"), at("report: ") + ".*does not sort respondents"),
    "estimate named like a scale": (swap("  agree: {share_of", "  clarity: {share_of"), "the name 'clarity' is declared more than once"),
    "outcome inside its predictor": (swap("{outcome: done, level: initiative, predictors: [clarity], adjust_for: [size]}", "{outcome: plain_1, level: executive, predictors: [clarity]}"), at("outcome: done") + "'clarity' and the outcome 'plain_1' rest on the same answers"),
    "picks of a single answer": (swap("role: {column: role, type: category}", "role: {question: role, type: picks}"), "needs a multi-select question with a column for each choice, and 'role' of responses.csv"),
    "no durations": (column("seconds", "00:05:33"), r"responses\.csv, column seconds: no duration is a number.*00:05:33"),
    "column of a table not there": (swap("{size: {type: category}", "{size: {column: sice}"), at("variables: {size") + r"column 'sice' is not in organisations\.csv.*Did you mean 'size'"),
    "YAML tag": (swap("title: A small study", "title: !!int abc"), at("title: A") + "|study.yaml: not valid YAML"),
    "unknown sign of carelessness": (swap("estimates:", "careless: {cutoffs: {longstrin: [8]}}\nestimates:"), r"study\.yaml:\d+: .*'longstrin'.*Did you mean 'longstring'"),
    "cut-off no number": (swap("estimates:", "careless: {cutoffs: {longstring: [many]}}\nestimates:"), r"careless\.cutoffs\.longstring.*given: 'many'"),
    "timing without pages": (swap("estimates:", "careless: {cutoffs: {seconds_per_item: [2]}}\nestimates:"), r"cut-off of 'seconds_per_item' needs 'pages'"),
    "page of unknown item": (swap("estimates:", "careless: {pages: {seconds: [plane_1]}}\nestimates:"), r"item 'plane_1' is declared nowhere.*Did you mean 'plain_1'"),
    "page column not there": (swap("estimates:", "careless: {pages: {T1: [plain_1]}}\nestimates:"), r"column 'T1' is not in responses\.csv"),
    "cut-off twice": (swap("estimates:", "careless: {cutoffs: {longstring: [3, 3]}}\nestimates:"), r"cut-offs of 'longstring' must be different numbers"),
    "halves of too few scales": (swap("estimates:", "careless: {cutoffs: {even_odd: [0]}}\nestimates:"), r"'even_odd' compares the halves of scales, and needs three"),
    "page timer no time": (lambda f: [swap("estimates:", "careless: {pages: {role: [plain_1]}}\nestimates:")(f)], r"responses\.csv, column role: no time on this page"),
    "far value alone": (lambda f: [swap("predictors: [clarity]", "predictors: [score, clarity]")(f), rewrite("organisations.csv", "org,size,score\n" + "".join(f"Org {n},{'Small' if n % 2 else 'Large'},{10**9 if n == 3 else n}\n" for n in range(1, 21)))(f), swap("outcome: done,", "outcome: months,")(f)], "one organisation alone tells what 'score' goes with"),
    "name kept for a dispersion": (swap("role: {column: role", "clarity_dispersion: {column: role"), "the name 'clarity_dispersion' is reserved"),
    "dispersion inside its outcome": (swap("{outcome: done, level: initiative, predictors: [clarity], adjust_for: [size]}", "{outcome: clarity, level: organisation, predictors: [clarity_dispersion]}"), "rest on the same answers"),
    "ranking of no such question": (swap("estimates:", "rankings: {order: {question: pick}}\nestimates:"), r"study\.yaml:\d+: column 'pick' is not in responses\.csv.*Did you mean 'picks'"),
    "ranking of a personal column": (swap("estimates:", "rankings: {order: {question: email}}\nestimates:"), r"study\.yaml:\d+: column 'email' is personal"),
    "ranking in one cell without options": (swap("estimates:", "rankings: {order: {question: role}}\nestimates:"), r"study\.yaml:\d+: ranking 'order' needs a column for each option or each rank.*name them: 'options"),
    "more ranks than options": (swap("estimates:", "rankings: {order: {question: role, options: [CEO, CIO], ranks: 3}}\nestimates:"), r"ranking 'order' asks for 3 ranks of 2 options; allowed: CEO, CIO"),
    "no ranks asked for": (swap("estimates:", "rankings: {order: {question: role, ranks: 0}}\nestimates:"), r"study\.yaml:\d+: .*rankings\.order\.ranks.*given: 0"),
    "option of a ranking twice": (swap("estimates:", "rankings: {order: {question: role, options: [CEO, CEO]}}\nestimates:"), r"rankings\.order\.options: 'CEO' is listed twice"),
    "ranking named like an item": (swap("estimates:", "rankings: {plain_1: {question: role}}\nestimates:"), "the name 'plain_1' is declared more than once"),
    "open answer in no such column": (swap("estimates:", "open_answers: {why: {column: roles}}\nestimates:"), r"study\.yaml:\d+: column 'roles' is not in responses\.csv.*Did you mean 'role'"),
    "open answer in a personal column": (swap("estimates:", "open_answers: {why: {column: email}}\nestimates:"), r"study\.yaml:\d+: column 'email' is personal.*Take it off"),
    "open answer that says who answered": (swap("estimates:", "open_answers: {why: {column: id, show: true}}\nestimates:"), r"study\.yaml:\d+: column 'id' says who answered"),
    "open answer shown perhaps": (swap("estimates:", "open_answers: {why: {column: role, show: perhaps}}\nestimates:"), r"open_answers\.why\.show.*given: 'perhaps'"),
    "no responses file": (lambda f: (f / "responses.csv").unlink(), r"responses\.csv: there is no such file"),
    "empty responses": (rewrite("responses.csv", ""), r"responses\.csv: the file is empty"),
    "header only": (rewrite("responses.csv", "id,org,q1\n"), r"responses\.csv: .*no responses"),
    "unreadable responses": (lambda f: (f / "responses.csv").write_bytes(bytes(range(256)) * 9), r"responses\.csv"),
    "too many cells": (lambda f: (f / "responses.csv").open("a").write("1" + ",x" * 40 + "\n"), r"responses\.csv.*82"),
    "unknown platform": (swap("{file: responses.csv}", "{file: responses.csv, platform: qualtrix}"), "unknown platform.*Did you mean 'qualtrics'"),
    "no organisations file": (lambda f: (f / "organisations.csv").unlink(), r"organisations\.csv: there is no such file"),
    "key column not there": (swap("key: org\n  variables: {size", "key: name\n  variables: {size"), r"column 'name' is not in organisations\.csv"),
    "keys match nothing": (column("org", "Nobody", "initiatives.csv"), r"study\.yaml:24: " + r"no organisation of 'initiatives\.csv' is named"),
    "organisation twice": (column("org", "Org 1", "organisations.csv"), r"organisations\.csv: organisation 'Org 1' has more than one row"),
    "organisation empty": (column("org", None), "name no organisation \\(80 of them\\).*'no_organisation'"),
    "every row excluded": (column("status", "Survey Preview"), "exclude every response.*preview 80"),
    "one organisation only": (lambda f: [column("org", "Org 1")(f), rewrite("organisations.csv", "org,size,score\nOrg 1,Small,1\n")(f), column("org", "Org 1", "initiatives.csv")(f)], "one organisation"),
    "nobody answered": (column("q1", "Don't know"), "nobody answered 'plain_1'|answered enough"),
    "constant outcome": (column("done", "Yes", "initiatives.csv"), at("outcome: done") + ".*'done'"),
    "benchmark without figure": (swap("agree,30,", "agree,,", "benchmarks.csv"), r"benchmarks\.csv, row 1: the benchmark of 'agree' has no figure"),
    "benchmark no number": (swap("agree,30,", "agree,many,", "benchmarks.csv"), r"benchmarks\.csv, row 1: .*not a number.*'many'"),
    "benchmark of nothing": (swap("agree,30,", "agrees,30,", "benchmarks.csv"), r"benchmarks\.csv, row 1: .*unknown estimate 'agrees'.*Did you mean"),
    "benchmark rounding": (swap("about", "abuot", "benchmarks.csv"), r"benchmarks\.csv, row 1: unknown rounding.*Did you mean 'about'"),
    "benchmark column": (swap("figure", "figures", "benchmarks.csv"), r"benchmarks\.csv: unknown column 'figures'"),
    "weights of nothing": (swap(*weigh("{rake: {siz: size.csv}}")), "weighting variable 'siz'.*Did you mean 'size'"),
    "weights two ways": (swap(*weigh("{rake: {size: size.csv}, poststratify: [size], targets: size.csv}")), "give 'rake' or 'poststratify', not both"),
    "weights no way": (swap(*weigh("{limits: [0.3, 3]}")), "say how to weight: 'rake', 'poststratify' or 'nonresponse'"),
    "limits not around 1": (swap(*weigh("{rake: {size: size.csv}, limits: [1.5, 3]}")), r"limits \[1\.5, 3\.0\] must lie on both sides of 1"),
    "no target file": (swap(*weigh("{rake: {size: size.csv}}")), r"size\.csv: there is no such file"),
    "target of nobody": (targets("Small,0.5\nMedium,0.3\nLarge,0.2"), "the target of 'Medium' of 'size' cannot be met: nobody in the sample is in it"),
    "category without target": (targets("Small,1"), "size.*'Large'"),
    "targets do not add up": (targets("Small,0.5\nLarge,0.2"), r"size\.csv: .*add up"),
    "target no number": (targets("Small,half\nLarge,0.5"), r"size\.csv, row 1: .*no number of 0 or more"),
    "target twice": (targets("Small,0.5\nsmall,0.5"), r"size\.csv, row 2: .*repeats a category"),
    "target in thousands": (targets("Small,12.000\nLarge,800"), r"size\.csv: a figure can be read as thousands or with decimals; given: '12\.000'"),
    "wave of nothing": (old_wave("id,org,seconds,status,when\nA,Org 1,300,IP Address,2025-01-01 09:00:00"), r"study\.yaml:\d+: wave 'old' has none of the items"),
    "stratum of nothing": (swap(*weigh("null\ndesign: {stratum: sise}")), "stratum 'sise'.*Did you mean 'size'"),
    "weight no number": (swap(*weigh("null\ndesign: {weight: size}")), "'size' cannot be the weight"),
    "population too small": (swap(*weigh("null\ndesign: {population: 5}")), r"study\.yaml:\d+: the population of stratum '' is smaller than its sample"),
    "replicates unknown": (swap(*weigh("null\ndesign: {replicates: bootstarp}")), "'jackknife'|bootstrap"),
    "waves without a name": (swap(*weigh("null\nwaves: {old: {responses: {file: responses.csv}}}")), "there are earlier waves, but this one has no name"),
    "wave of itself": (swap(*weigh("null\nwave: new\nwaves: {new: {responses: {file: responses.csv}}}")), "wave 'new' is this wave itself"),
    "wave without file": (swap(*weigh("null\nwave: new\nwaves: {old: {responses: {file: old.csv}}}")), r"old\.csv: there is no such file"),
    "wave column of nothing": (swap(*weigh("null\nwave: new\nwaves: {old: {responses: {file: responses.csv}, columns: {plain_9: q1}}}")), "column of 'plain_9'.*Did you mean 'plain_"),
    "table row of nothing": (swap(*weigh("null\ntables: [{rows: [plain_9], columns: [size]}]")), "row 'plain_9'.*Did you mean"),
    "table row of initiatives": (swap(*weigh("null\ntables: [{rows: [done], columns: [size]}]")), "'done' is not an answer of executives"),
    "table column sorts nobody": (swap(*weigh("null\ntables: [{rows: [plain_1], columns: [clarity]}]")), "'clarity' does not sort executives into columns"),
    "one imputation": (swap(*weigh("null\nimputation: {number: 1}")), r"imputation\.number: .*greater than or equal to 2"),
    "median of a category": (swap("{share_of: plain_1, values: [4, 5], label: Agree}", "{median_of: role}"), "'role' is a category, of which no median can be taken"),
    "two figures in one": (swap("{share_of: plain_1, values: [4, 5], label: Agree}", "{mean_of: plain_1, median_of: plain_1}"), "give one of 'share_of'"),
    "ratio over nothing": (swap("{share_of: plain_1, values: [4, 5], label: Agree}", "{ratio_of: months}"), "'over' goes with 'ratio_of'"),
    "ratio over another level": (swap("{share_of: plain_1, values: [4, 5], label: Agree}", "{ratio_of: months, over: score}"), "'months' cannot be divided by 'score'"),
    "held constant though it comes after": (lambda f: [swap("months: {type: number}", "months: {type: number, after: [done]}")(f), swap("adjust_for: [size]}", "adjust_for: [size, months]}")(f)], at("outcome: done") + r"'months' comes after 'done' \(the study says 'after: done'\).*Take 'months' out"),
    "after an unknown outcome": (swap("months: {type: number}", "months: {type: number, after: [don]}"), "outcome 'don' is declared nowhere.*Did you mean 'done'"),
    "model for another outcome": (swap("adjust_for: [size]}", "model: poisson}"), at("outcome: done") + "a poisson model is not for an outcome of type binary; allowed: logit"),
    "model unknown": (swap("adjust_for: [size]}", "model: probit}"), at("outcome: done") + "links.0.model.*'probit'"),
    "mediator held constant": (swap("adjust_for: [size]}", "adjust_for: [size, score], mediator: score}"), at("outcome: done") + "'score' is the mediator, and has another part"),
    "mediator that comes after": (lambda f: [swap("months: {type: number}", "months: {type: number, after: [done]}")(f), swap("adjust_for: [size]}", "mediator: months}")(f)], "'months' comes after 'done'"),
    "moderator unknown": (swap("adjust_for: [size]}", "moderators: [sice]}"), at("outcome: done") + "predictor 'sice'.*Did you mean 'size'"),
    "predictor twice": (swap("predictors: [clarity]", "predictors: [clarity, clarity]"), at("outcome: done") + ".*'clarity' is listed twice"),
    "duration of no event": (swap("months: {type: number}", "months: {type: duration}"), "'event' goes with type 'duration'"),
    "duration of another's event": (swap("months: {type: number}", "months: {type: duration, event: size}"), "'event: size' of 'months' is no 0/1 variable of the same units; allowed: done"),
    "fraction of no whole": (swap("months: {type: number}", "months: {type: number, out_of: 100}"), "'out_of' goes with type 'fraction'"),
    "explored at the wrong level": (swap("report: {min", "explore: [{outcome: done, level: executive, predictors: [clarity]}]\nreport: {min"), "'done' is measured once for an initiative"),
    "one driver alone": (swap("report: {min", "drivers: [{outcome: done, level: initiative, predictors: [clarity]}]\nreport: {min"), r"drivers\.0\.predictors"),
    "driver a category": (swap("report: {min", "drivers: [{outcome: done, level: initiative, predictors: [clarity, size]}]\nreport: {min"), "'size' is a category, and drivers are numbers"),
    "drivers of a category": (swap("report: {min", "drivers: [{outcome: role, level: executive, predictors: [clarity, plain_1]}]\nreport: {min"), "drivers are of numbers and of 0/1 outcomes"),
    "specification of unknown items": (swap("report: {min", "specifications: {scales: {clarity: [[plain_1, plain_9]]}}\nreport: {min"), "item 'plain_9'.*Did you mean"),
    "specification held after": (lambda f: [swap("months: {type: number}", "months: {type: number, after: [done]}")(f), swap("report: {min", "specifications: {adjust_for: [[months]]}\nreport: {min")(f)], "'months' comes after 'done'"),
    "cut-offs of nothing": (swap("report: {min", "specifications: {careless: true}\nreport: {min"), "asks for cut-offs, and the study lists none"),
    "quadrant of executives": (swap("report: {min", "quadrant: {adoption: score, adoption_from: 1, transformation: done}\nreport: {min"), "'adoption: score' is no numeric variable of the initiatives; allowed: done, months"),
    "size of the next survey twice": (swap("report: {min", "power: {organisations: [40, 40]}\nreport: {min"), "a number stands twice under 'organisations'"),
    "too few organisations planned": (swap("report: {min", "power: {organisations: [5]}\nreport: {min"), r"power\.organisations.*greater than or equal to 10"),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "message"), BAD.values(), ids=BAD.keys())
def test_bad_input_gets_one_clear_message(small_study: Path, spoil: Spoil, message: str) -> None:
    spoil(small_study)
    result = CliRunner().invoke(main, ["check", str(small_study / "study.yaml")])
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit), "an exception leaked"
    assert "Traceback" not in result.output
    assert re.search(message, result.stderr, re.DOTALL), result.stderr
    assert result.stderr.count("surveykit: ") == 1


def test_the_small_study_itself_is_sound(small_study: Path) -> None:
    result = CliRunner().invoke(main, ["check", str(small_study)])
    assert result.exit_code == 0, result.output
    assert "holds together" in result.output


def test_check_tells_of_ranks_given_twice_and_goes_on(small_study: Path) -> None:
    responses = pd.read_csv(small_study / "responses.csv", dtype=str).assign(**{"top[A]": "1", "top[B]": "2"})
    responses.loc[:2, "top[B]"] = "1"
    responses.to_csv(small_study / "responses.csv", index=False)
    swap("estimates:", "rankings: {best: {question: top}}\nestimates:")(small_study)
    result = CliRunner().invoke(main, ["check", str(small_study)])
    assert result.exit_code == 0, result.output
    assert "responses.csv, column top: tied ranks '1 | 1', in 3 cells." in result.output
