"""Read a study file and check it as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from surveykit.errors import StudyError, did_you_mean
from surveykit.study.checks import check_names
from surveykit.study.plan import Study
from surveykit.study.yamlfile import Place, read_yaml

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


def load_study(path: str | Path) -> Study:
    """Read and check a study file.

    Parameters
    ----------
    path : str or Path
        The study's YAML file, or its folder if the file is called ``study.yaml``.

    Returns
    -------
    Study
        The frozen plan; files it names are found from the study file's folder.

    Raises
    ------
    StudyError
        For the first thing that is wrong, with its line: not YAML, an unknown key, a missing key, a value of the
        wrong kind, a label mapped twice, or a name that nothing in the study declares.
    LinkError
        For a link whose outcome or predictor has no single value on the rows of its level.

    Examples
    --------
    >>> study = load_study("data/ai-strategy/study.yaml")
    >>> study.title, study.level_of("stage"), study.item_range("clarity_1")
    ('AI strategy execution, 2026', 'initiative', (1.0, 5.0))
    """
    file = Path(path)
    file = file / "study.yaml" if file.is_dir() else file
    content, lines = read_yaml(file)
    try:
        study = Study.model_validate(content).located(file, lines)
    except ValidationError as error:
        # An unknown key comes first: it is often the misspelt name of a key that is then missing too.
        details = sorted(error.errors(), key=lambda detail: detail["type"] != "extra_forbidden")
        raise _problem(details[0], file, lines) from None
    check_names(study)
    return study


def _problem(detail: ErrorDetails, file: Path, lines: dict[Place, int]) -> StudyError:
    place = _place(detail["loc"], lines)
    where = f"{file}:{lines[place]}" if place else str(file)
    inside = ".".join(str(part) for part in place)
    if detail["type"] == "extra_forbidden":
        allowed = _keys_allowed(place[:-1])
        return StudyError(
            f"unknown key '{inside}'", where=where, allowed=allowed, fix=did_you_mean(place[-1], allowed)
        )
    if detail["type"] == "missing":
        missing = str(detail["loc"][-1])
        return StudyError(
            f"key '{missing}' is missing" + (f" under '{inside}'" if inside else ""), where=where
        )
    message = detail["msg"].removeprefix("Value error, ").partition(" or instance of ")[0]
    given = None if detail["type"] == "value_error" else detail["input"]
    return StudyError(f"{inside}: {message}", where=where, given=given)


def _place(loc: tuple[int | str, ...], lines: dict[Place, int]) -> Place:
    """The longest beginning of pydantic's path that stands in the file; it adds names of its own types behind."""
    ends = range(len(loc), 0, -1)
    return next((loc[:end] for end in ends if loc[:end] in lines), ())


def _keys_allowed(place: Place) -> list[str]:
    """Keys the part of the study at this place knows, found by walking the models along it."""
    model: Any = Study
    for part in place:
        fields = getattr(model, "model_fields", {})
        model = _model_in(fields[part].annotation) if part in fields else model
    return list(getattr(model, "model_fields", {}))


def _model_in(annotation: Any) -> Any:  # noqa: ANN401
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((model for model in inner if model is not None), None)
