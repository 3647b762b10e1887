"""What goes with what: the planned links of a study, fitted at the level it names."""

from surveykit.links.effects import average_marginal_effect
from surveykit.links.models import FittedLink, fit_link
from surveykit.links.planned import Links, link

__all__ = ["FittedLink", "Links", "average_marginal_effect", "fit_link", "link"]
