import hashlib
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from tests.conftest import write_small_study
from tests.reporting.test_page import safe

from surveykit.errors import ExportError, ReportError, StudyError
from surveykit.reporting import report as reports
from surveykit.reporting.kernel import execute
from surveykit.reporting.report import run_report


def notebook(*sources):
    cells = [new_code_cell('x = ""', metadata={"tags": ["parameters"]}), *map(new_code_cell, sources)]
    return new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "P"}}
    )


def run(*sources, x="", time_limit=60):
    done = execute(notebook(*sources), {"x": x}, time_limit=time_limit, progress=False)
    return [output.text.strip() for cell in done.cells for output in cell.get("outputs", [])]


def test_the_report_is_whole(ai_report, ai_study):
    page = ai_report.page.read_text(encoding="utf-8")
    found = safe(page)
    # Missing answers, agreement, picks, headlines, published figures, two of waves, two segments, seven scales, a
    # single question, links.
    assert len(found.of("img")) == 18
    assert "<title>007 &lt;b&gt;</title>" in page
    assert "007 <b>" in found.text
    assert ai_study.notice in found.text
    responses = ai_study.beside(ai_study.responses.file).read_bytes()
    assert hashlib.sha256(responses).hexdigest() in found.text
    assert ai_report.title == "007 <b>"


def test_nothing_of_one_person_is_on_the_page_or_in_the_notebook(ai_report, ai_analysis):
    texts = [path.read_text(encoding="utf-8") for path in (ai_report.page, ai_report.notebook)]
    people = [*ai_analysis.cleaned.data["respondent"], *ai_analysis.cleaned.data["organisation"]]
    assert not [
        person for person in people for text in texts if f">{person}<" in text or f" {person} " in text
    ]


def test_only_page_notebook_and_tables_are_left(ai_report):
    assert sorted(path.name for path in ai_report.page.parent.iterdir()) == [
        *("report.html", "report.ipynb", "tables.xlsx")
    ]
    done = nbformat.read(ai_report.notebook, as_version=4)
    assert done.metadata.papermill.parameters["title"] == "007 <b>"
    assert all(cell.execution_count for cell in done.cells if cell.cell_type == "code")


def test_a_failed_run_leaves_the_last_good_report(tmp_path):
    study = write_small_study(tmp_path / "small")
    (study / "responses.csv").unlink()
    folder = tmp_path / "report"
    folder.mkdir()
    for name in ("report.html", "report.ipynb"):
        (folder / name).write_text("the last good one")
    with pytest.raises(ExportError, match=r"responses\.csv"):
        run_report(study, output_dir=folder)
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "report.html": "the last good one",
        "report.ipynb": "the last good one",
    }


def test_what_is_wrong_with_the_study_is_said_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = write_small_study(tmp_path / "small")
    (study / "study.yaml").write_text("titel: x\n")
    with pytest.raises(StudyError, match=r"unknown key 'titel'.*Did you mean 'title'"):
        run_report(study)
    assert not (tmp_path / "reports").exists()


def test_bad_parameters_are_refused_before_anything_runs(ai_study, tmp_path):
    with pytest.raises(
        ReportError,
        match=r"unknown parameter 'titel'; allowed: study, title, workbook\. Did you mean 'title'",
    ):
        run_report(ai_study, output_dir=tmp_path / "new", parameters={"titel": "x"})
    with pytest.raises(ReportError, match="parameter 'title' takes text; given: 7"):
        run_report(ai_study, output_dir=tmp_path / "new", parameters={"title": 7})
    with pytest.raises(ReportError, match="the study is given twice"):
        run_report(ai_study, output_dir=tmp_path / "new", parameters={"study": "other.yaml"})
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_written_is_one_error(ai_study, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match=r"cannot write to the folder of the report: .*; given: '.*file'"):
        run_report(ai_study, output_dir=tmp_path / "file")
    with pytest.raises(ReportError, match="cannot write to the folder of the report"):
        run_report(ai_study, output_dir=tmp_path / "file" / "below")
    assert (tmp_path / "file").read_text() == ""


def test_a_failed_run_leaves_no_new_folder(ai_study, tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "_run", lambda *_args, **_options: 1 / 0)
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        run_report(ai_study, output_dir=tmp_path / "a" / "b")
    assert not (tmp_path / "a").exists()


def test_a_missing_template_is_one_error(ai_study, tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "_NOTEBOOKS", (tmp_path,))
    with pytest.raises(ReportError, match=r"notebook 'report\.ipynb' is missing"):
        run_report(ai_study, output_dir=tmp_path / "new")


def test_the_kernel_is_this_python_and_text_stays_text(monkeypatch, tmp_path):
    spec = tmp_path / "kernels/python3"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text('{"argv": ["/bin/false"], "display_name": "x", "language": "python"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("MPLBACKEND", "TkAgg")
    assert run("import sys; print(sys.executable); print(repr(x))", x="007 {y}") == [
        f"{sys.executable}\n'007 {{y}}'"
    ]


def test_a_killed_kernel_is_not_a_complete_report(capfd):
    with pytest.raises(ReportError, match="the kernel that runs the report failed"):
        run("import os; os.kill(os.getpid(), 9)", "1 + 1")
    assert capfd.readouterr().err == ""


def test_cells_left_out_are_not_a_complete_report():
    with pytest.raises(ReportError, match="did not run to its end; given: '3 of 4 cells ran'"):
        run("raise SystemExit(0)", "1 + 1")


def test_a_run_stops_when_its_time_is_up(capfd):
    with pytest.raises(ReportError, match="not done within its time limit of 3 s"):
        run("import time; time.sleep(60)", time_limit=3)
    assert capfd.readouterr().err == ""


def test_errors_of_cells_come_out_as_themselves():
    with pytest.raises(StudyError, match=r"^study\.yaml:3: bad key$"):
        run("from surveykit.errors import StudyError", "raise StudyError('bad key', where='study.yaml:3')")
    with pytest.raises(
        ReportError, match=r"^the report stopped at '1 / 0' with ZeroDivisionError: division by zero$"
    ):
        run("1 / 0")


def test_the_default_folder_is_named_for_the_study(ai_study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = []
    monkeypatch.setattr(reports, "_run", lambda *_args, **_options: None)
    monkeypatch.setattr(
        reports, "_write", lambda _done, _title, workshop: found.append(workshop) or _touched(workshop)
    )
    done = run_report(ai_study)
    assert done.page == Path("reports/ai-strategy/report.html")
    # On the same file system, so that it can be moved into place.
    assert found[0].parent.resolve() == tmp_path / "reports/ai-strategy"


def _touched(folder):
    paths = folder / "report.html", folder / "report.ipynb"
    (folder / "tables.xlsx").touch()
    for path in paths:
        path.touch()
    return paths
