"""surveykit: from a raw executive survey export to a report people can rely on."""
