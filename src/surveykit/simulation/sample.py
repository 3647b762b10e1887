"""From numbers to the files of a study: responses as a platform exports them, and the tables beside them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from surveykit.errors import StudyError
from surveykit.simulation import instrument as ask
from surveykit.simulation import mess as planting
from surveykit.simulation import population as people
from surveykit.simulation.effects import link_truth
from surveykit.simulation.ranking import COLUMNS as OBSTACLES_ASKED
from surveykit.simulation.ranking import rank_obstacles
from surveykit.simulation.timing import PAGES, page_times
from surveykit.simulation.truth import population_truth

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import NDArray

    from surveykit.simulation.population import Organisations

FEWEST = 10
SILENT = 2  # organisations of a messy sample from which nobody answered
LETTERS = np.array(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
FIRST_NAMES = (
    "Ada",
    "Bruno",
    "Chloé",
    "Elif",
    "Farid",
    "Grace",
    "Hana",
    "Iván",
    "Jun",
    "Kemi",
    "Lars",
    "Noor",
)
LAST_NAMES = ("Abara", "Berg", "Costa", "Dubois", "Fischer", "Gupta", "Hansen", "Ito", "Kaya", "Lopez")
MISSING_SHARES = {
    "months_to_production": 0.05,
    "decision_speed_change": 0.06,
    "decision_accuracy_change": 0.10,
    "return_on_investment": 0.15,
    "active_users": 0.05,
    "rollbacks": 0.04,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Simulated:
    """A survey of this design, and the truth behind it.

    Attributes
    ----------
    responses : DataFrame of str, one row a response
        Columns as a Qualtrics export names them; an empty cell is NaN.
    questions : dict of str to str
        Text of the question behind each column of `responses`.
    organisations : DataFrame, one row an organisation
        ``organisation`` (key), ``industry``, ``size``.
    initiatives : DataFrame, one row an initiative
        ``organisation`` (key), ``initiative``, and its outcomes; percentages in points.
    targets : dict of str to DataFrame
        For ``industry`` and ``size``: each ``category`` and its ``share`` (0 to 1) of all organisations. None
        with an earlier wave.
    truth : dict
        What was planted and what estimates should find; see `surveykit.simulation.truth`. Ready for JSON.
    """

    responses: pd.DataFrame
    questions: dict[str, str]
    organisations: pd.DataFrame
    initiatives: pd.DataFrame
    targets: dict[str, pd.DataFrame]
    truth: dict[str, Any]

    def __repr__(self) -> str:
        sizes = ", ".join(f"{count} {what}" for what, count in self.truth["n"].items())
        return f"Simulated(seed {self.truth['seed']}: {sizes}; {len(self.responses)} responses)"

    def write(self, folder: str | PathLike[str]) -> list[Path]:
        """Write the files of the study; the same sample gives the same bytes.

        Parameters
        ----------
        folder : str or path
            Made if it is not there; files of the same names are replaced.

        Returns
        -------
        list of Path
            ``responses.csv`` (Qualtrics: names, question texts, import ids, then answers; UTF-8 with a byte
            order mark), ``organisations.csv``, ``initiatives.csv``, ``targets/industry.csv`` and
            ``targets/size.csv`` where there are targets, and ``truth.json``.
        """
        here = Path(folder)
        (here / "targets" if self.targets else here).mkdir(parents=True, exist_ok=True)
        header = pd.DataFrame([self.questions, {name: _import_id(name) for name in self.questions}])
        tables = {
            "responses.csv": pd.concat([header, self.responses]),
            "organisations.csv": self.organisations,
            "initiatives.csv": self.initiatives,
            **{f"targets/{name}.csv": table for name, table in self.targets.items()},
        }
        for name, table in tables.items():
            encoding = "utf-8-sig" if name == "responses.csv" else "utf-8"
            table.to_csv(here / name, index=False, encoding=encoding, lineterminator="\n")
        truth = json.dumps(self.truth, indent=2, ensure_ascii=False) + "\n"
        (here / "truth.json").write_text(truth, encoding="utf-8", newline="\n")
        return [here / name for name in (*tables, "truth.json")]


def simulate(*, seed: int, n_organisations: int = 180, mess: bool = True) -> Simulated:
    """Draw a survey of executives whose every true value is known.

    Parameters
    ----------
    seed : int, at least 0
        The same seed gives the same sample, with mess or without: mess adds rows and spoils single cells, and
        leaves everything else as it was.
    n_organisations : int, at least 10, default 180
        Organisations that answer; 1 to 8 executives each (5 on average), 1 to 5 initiatives each.
    mess : bool, default True
        Plant what goes wrong in real exports: test rows, refusals, partial and careless answers, duplicates,
        missing and misspelt answers. ``truth["planted"]`` counts them.

    Returns
    -------
    Simulated

    Raises
    ------
    StudyError
        If `seed` is negative or `n_organisations` is below 10.

    Examples
    --------
    >>> sample = simulate(seed=2026, mess=False)
    >>> sample
    Simulated(seed 2026: 180 organisations, 880 executives, 396 initiatives; 880 responses)
    >>> round(sample.truth["sampled"]["estimates"]["well_defined"], 2)
    0.3
    """
    check_size(seed, n_organisations)
    # Generators of their own: mess and timers change nothing else that a seed gives.
    rng, spoil, clock = (np.random.default_rng([seed, stream]) for stream in (0, 1, 3))
    sample = survey(people.draw_organisations(rng, n_organisations), rng, clock, spoil if mess else None)
    return replace(sample, truth={"seed": seed, **sample.truth, **population_truth(), "links": link_truth()})


def check_size(seed: int, n_organisations: int) -> None:
    """Refuse a seed or a size of which nothing can be drawn."""
    if seed < 0:
        raise StudyError("seed is negative", given=seed, allowed="0 or more")
    if n_organisations < FEWEST:
        raise StudyError("too few organisations", given=n_organisations, allowed=f"{FEWEST} or more")


def survey(
    drawn: Organisations,
    rng: np.random.Generator,
    clock: np.random.Generator,
    spoil: np.random.Generator | None,
) -> Simulated:
    """Ask executives of the organisations drawn; without a generator that spoils, nothing goes wrong.

    The truth of the sample is what was planted; what estimates should find is for the caller to add.
    """
    member = people.draw_members(rng, len(drawn.number), people.EXECUTIVES)
    responses = _responses(rng, drawn, member)
    organisations, initiatives = _organisations(drawn), _initiatives(rng, drawn)
    planted: dict[str, Any] = {}
    if spoil is not None:
        silent = people.draw_organisations(spoil, SILENT, first=drawn.number.max() + 1)
        organisations = pd.concat([organisations, _organisations(silent)])
        initiatives = pd.concat([initiatives, _initiatives(spoil, silent)])
        extra = spoil.integers(len(drawn.number), size=planting.extra_rows(len(member)))
        responses, planted = planting.plant(spoil, responses, _responses(spoil, drawn, extra))
        planted["organisations_without_responses"] = SILENT
    honest = planting.long_runs(responses.iloc[: len(member)])
    responses = responses.join(page_times(clock, responses))
    responses = responses.join(rank_obstacles(clock.spawn(1)[0], responses))[list(_questions())]
    sizes = {"organisations": len(organisations), "executives": len(member), "initiatives": len(initiatives)}
    return Simulated(
        responses=responses.sort_values(["RecordedDate", "ResponseId"], ignore_index=True),
        questions=_questions(),
        organisations=organisations.reset_index(drop=True),
        initiatives=_numbered(initiatives),
        targets={"industry": _target(ask.INDUSTRIES), "size": _target(ask.SIZES)},
        truth={"n": sizes, "planted": planted, "honest_runs": honest},
    )


def _questions() -> dict[str, str]:
    """Name the columns of an export in order, with the text of each."""
    metadata = {name: text for name, (text, _) in ask.METADATA.items()}
    timers = dict.fromkeys(PAGES, "Timing - Page Submit")
    return {**metadata, **ask.QUESTIONS, **OBSTACLES_ASKED, **timers, "Q_PID": "Q_PID"}


def _import_id(column: str) -> str:
    """Write what Qualtrics puts in its third row."""
    identifier = ask.METADATA[column][1] if column in ask.METADATA else column.replace("Q", "QID")
    identifier += "_TEXT" if column in {"Q2", "Q15"} else ""
    identifier = f"QID1{column[1:].partition('_')[0]}_PAGE_SUBMIT" if column in PAGES else identifier
    parts = {"ImportId": "Q_PID" if column == "Q_PID" else identifier}
    parts |= {"timeZone": "Europe/London"} if column.endswith("Date") else {}
    return json.dumps(parts, separators=(",", ":"))


def _keys(number: NDArray[np.int64]) -> NDArray[np.object_]:
    """Write organisation codes: 0 is ORG-001."""
    return np.array([f"ORG-{each + 1:03d}" for each in number.tolist()], dtype=object)


def _organisations(drawn: Organisations) -> pd.DataFrame:
    """Tabulate what is known of organisations from a register."""
    return pd.DataFrame(
        {
            "organisation": _keys(drawn.number),
            "industry": np.array(list(ask.INDUSTRIES))[drawn.industry],
            "size": np.array(list(ask.SIZES))[drawn.size],
        }
    )


def _initiatives(rng: np.random.Generator, drawn: Organisations) -> pd.DataFrame:
    """Tabulate initiatives as organisations report them: rounded, some numbers missing."""
    table = people.draw_initiatives(rng, drawn)
    for column, share in MISSING_SHARES.items():
        table[column] = table[column].mask(rng.random(len(table)) < share).round(1)
    whole = ["months_to_production", "rollbacks", "active_users"]
    table[whole] = table[whole].round().astype("Int64")
    table["reached_production"] = np.where(table["stage"] >= people.REACHED, "Yes", "No")
    table["process_redesigned"] = np.where(table["process_redesigned"], "Yes", "No")
    table["stage"] = np.array(ask.STAGES)[table["stage"]]
    table.insert(0, "organisation", _keys(drawn.number[table.pop("owner")]))
    return table


def _numbered(initiatives: pd.DataFrame) -> pd.DataFrame:
    """Give each initiative an identifier, and put what identifies it and how far it came first."""
    numbers = [f"INI-{number:04d}" for number in range(1, len(initiatives) + 1)]
    first = ["organisation", "initiative", "reached_production", "stage"]
    table = initiatives.assign(initiative=numbers).reset_index(drop=True)
    return table[first + [name for name in table if name not in first]]


def _target(categories: dict[str, ask.Category]) -> pd.DataFrame:
    """Tabulate the share of each category among all organisations."""
    shares = {name: category.population for name, category in categories.items()}
    return pd.DataFrame({"category": list(shares), "share": list(shares.values())})


def _responses(rng: np.random.Generator, drawn: Organisations, member: NDArray[np.int64]) -> pd.DataFrame:
    """Write executives' responses as the platform exports them."""
    answers, picks = people.draw_answers(rng, drawn, member), people.draw_picks(rng, drawn, member)
    delivered = np.array(ask.AGREE, dtype=object)[np.where(people.REVERSED, 6 - answers, answers) - 1]
    n, options = len(member), np.array(list(ask.CAPABILITIES), dtype=object)
    columns = {
        **_metadata(rng, n),
        "Q1": ask.CONSENTS,
        "Q2": _keys(drawn.number[member]),
        "Q3": rng.choice(np.array(list(ask.ROLES), dtype=object), n, p=list(ask.ROLES.values())),
        **{item.column: delivered[:, k] for k, item in enumerate(ask.ITEMS)},
        "Q12": "Agree",
        "Q13": [",".join(options[row]) for row in picks],
        "Q15": np.where(rng.random(n) < 0.12, rng.choice(np.array(ask.COMMENTS, dtype=object), n), np.nan),
        "Q_PID": _tokens(rng, n, 8, "P-"),
    }
    table = pd.DataFrame(columns, index=range(n))
    table["RecipientEmail"] = "participant-" + table["Q_PID"].str[2:].str.lower() + "@example.org"
    return table.astype("str")


def _metadata(rng: np.random.Generator, n: int) -> dict[str, Any]:
    """Invent what a platform notes about each response; addresses are from the ranges kept for examples."""
    seconds = np.maximum(540 * np.exp(0.3 * rng.standard_normal(n)), 240).astype(np.int64)
    day, time = rng.integers(40, size=n), rng.integers(7 * 3600, 19 * 3600, size=n)
    start = np.datetime64("2026-02-02T00:00:00") + day * 86400 + time
    network = np.array(["192.0.2.", "198.51.100."], dtype=object)[rng.integers(2, size=n)]
    return {
        "StartDate": _when(start),
        "EndDate": _when(start + seconds),
        "Status": "IP Address",
        "IPAddress": network + rng.integers(1, 255, size=n).astype(str).astype(object),
        "Progress": "100",
        "Duration (in seconds)": seconds.astype(str),
        "Finished": "True",
        "RecordedDate": _when(start + seconds + 1),
        "ResponseId": _tokens(rng, n, 15, "R_"),
        "RecipientLastName": rng.choice(np.array(LAST_NAMES), n),
        "RecipientFirstName": rng.choice(np.array(FIRST_NAMES), n),
        "RecipientEmail": "",
        "ExternalReference": np.nan,
        "LocationLatitude": (rng.integers(3500, 6000, size=n) / 100).astype(str),
        "LocationLongitude": (rng.integers(-900, 2500, size=n) / 100).astype(str),
        "DistributionChannel": "email",
        "UserLanguage": "EN",
    }


def _when(moments: NDArray[np.datetime64]) -> list[str]:
    """Write moments as the platform does."""
    return [moment.replace("T", " ") for moment in np.datetime_as_string(moments).tolist()]


def _tokens(rng: np.random.Generator, n: int, length: int, prefix: str) -> list[str]:
    """Draw identifiers of letters and digits."""
    drawn = LETTERS[rng.integers(len(LETTERS), size=(n, length))]
    return [prefix + "".join(row) for row in drawn.tolist()]
