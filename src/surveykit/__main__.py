"""The surveykit command, as ``python -m surveykit``."""

from surveykit.cli import main

main(prog_name="surveykit")
