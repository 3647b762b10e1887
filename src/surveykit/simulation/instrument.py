"""What the sample study asks, and whom: tables of wording, item properties and categories."""

from __future__ import annotations

from typing import NamedTuple

AGREE = ("Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree")
STAGES = ("Stopped", "Pilot", "Production", "Scaled")
CONSENTS, REFUSES = "I agree to take part", "I do not agree"
STEM = "Thinking of <b>your organisation today</b>, how far do you agree with each statement?\n"


class Item(NamedTuple):
    """One statement: how strongly it reflects its scale, and how hard it is to agree with.

    Attributes
    ----------
    column : str
        Name of its column in the export.
    loading : float
        Correlation of the answer, before it is cut into five, with the executive's standing on the scale.
    difficulty : float
        Shift of its cut points, in standard deviations; positive means fewer agree.
    text : str
        The statement; a leading ``(R)`` marks one worded the other way round and is not shown.
    """

    column: str
    loading: float
    difficulty: float
    text: str


SCALES: dict[str, tuple[Item, ...]] = {
    "strategy_clarity": (
        Item("Q5_1", 0.78, 0.21, "Our AI strategy is well defined"),
        Item("Q5_2", 0.74, 0.30, "Our AI strategy has been communicated to those who carry it out"),
        Item("Q5_3", 0.66, 0.10, "(R)People here would describe our AI strategy in very different ways"),
        Item("Q5_4", 0.72, -0.10, "I can say which business outcomes our AI strategy is for"),
    ),
    "ownership": (
        Item("Q6_1", 0.80, 0.05, "It is clear who answers for a decision that AI assisted"),
        Item("Q6_2", 0.78, 0.15, "Human oversight of AI-assisted decisions works in practice"),
        Item("Q6_3", 0.72, -0.05, "(R)When an AI-assisted decision goes wrong, nobody owns it"),
    ),
    "adaptive_workflows": (
        Item("Q7_1", 0.74, 0.10, "We map validation steps before we scale an AI initiative"),
        Item("Q7_2", 0.76, 0.20, "Governance is part of the workflow, not added afterwards"),
        Item("Q7_3", 0.70, -0.15, "Feedback from users changes how work with AI is done"),
        Item("Q7_4", 0.72, 0.25, "We redesign work continuously as AI changes what is possible"),
    ),
    "bridge_roles": (
        Item("Q8_1", 0.82, -0.10, "We have people who join technology and business"),
        Item("Q8_2", 0.78, 0.30, "These people have the authority to settle trade-offs"),
        Item("Q8_3", 0.74, 0.10, "Technology and business teams share the same goals for AI"),
    ),
    "adoption_quality": (
        Item("Q9_1", 0.74, -0.05, "AI has made our decisions faster"),
        Item("Q9_2", 0.76, 0.15, "AI has made our decisions more accurate"),
        Item("Q9_3", 0.68, 0.35, "AI has improved outcomes that customers notice"),
        Item("Q9_4", 0.72, 0.05, "Because of AI we learn faster from what we try"),
    ),
    "execution_capacity": (
        Item("Q10_1", 0.76, 0.25, "The right people are in the right roles when an AI initiative starts"),
        Item("Q10_2", 0.72, 0.15, "Budget and resources follow our AI priorities"),
        Item("Q10_3", 0.70, 0.10, "Leaders are held to account for the results of AI initiatives"),
        Item("Q10_4", 0.66, 0.30, "(R)We lack the talent that our AI plans depend on"),
    ),
    "friction_signals": (
        Item("Q11_1", 0.72, -0.10, "Governance requirements clash with how our teams work"),
        Item("Q11_2", 0.68, -0.35, "Data quality problems hold our AI initiatives back"),
        Item("Q11_3", 0.76, 0.00, "Roles and responsibilities around AI are disputed"),
        Item("Q11_4", 0.70, -0.15, "People hesitate to act on what AI systems suggest"),
    ),
}
AGREEMENT = Item("Q14", 0.50, 0.555, "Our leadership team agrees on which capabilities matter most")
ITEMS = (*(item for items in SCALES.values() for item in items), AGREEMENT)
CUTS = (-1.25, -0.45, 0.35, 1.35)

CAPABILITIES: dict[str, float] = {
    "Data quality, lineage and access": 0.9,
    "Talent and skills": 0.6,
    "Governance and risk": 0.2,
    "Process redesign": -0.3,
    "Technology platform": 0.4,
    "Change management": -0.2,
    "Partnerships, vendors and ecosystem": -0.9,
    "Measurement of value": -0.7,
}
ROLES: dict[str, float] = {
    "CEO": 0.12,
    "CFO": 0.14,
    "CIO or CTO": 0.22,
    "COO": 0.14,
    "Head of data or AI": 0.18,
    "Business unit head": 0.20,
}


class Category(NamedTuple):
    """A kind of organisation.

    Attributes
    ----------
    population, sampled : float
        Its share among all organisations, and among those that take part.
    shift : float
        What it adds to every scale, in standard deviations of an executive (taken off friction signals).
    """

    population: float
    sampled: float
    shift: float


INDUSTRIES = {
    "Banking and insurance": Category(0.14, 0.20, 0.15),
    "Healthcare": Category(0.14, 0.13, 0.00),
    "Manufacturing": Category(0.24, 0.20, -0.05),
    "Public services": Category(0.16, 0.12, -0.20),
    "Retail and consumer goods": Category(0.20, 0.15, -0.10),
    "Technology and telecoms": Category(0.12, 0.20, 0.25),
}
SIZES = {
    "Under 250": Category(0.40, 0.22, -0.12),
    "250 to 999": Category(0.30, 0.28, -0.02),
    "1,000 to 4,999": Category(0.20, 0.28, 0.06),
    "5,000 and more": Category(0.10, 0.22, 0.14),
}

METADATA: dict[str, tuple[str, str]] = {
    "StartDate": ("Start Date", "startDate"),
    "EndDate": ("End Date", "endDate"),
    "Status": ("Response Type", "status"),
    "IPAddress": ("IP Address", "ipAddress"),
    "Progress": ("Progress", "progress"),
    "Duration (in seconds)": ("Duration (in seconds)", "duration"),
    "Finished": ("Finished", "finished"),
    "RecordedDate": ("Recorded Date", "recordedDate"),
    "ResponseId": ("Response ID", "_recordId"),
    "RecipientLastName": ("Recipient Last Name", "recipientLastName"),
    "RecipientFirstName": ("Recipient First Name", "recipientFirstName"),
    "RecipientEmail": ("Recipient Email", "recipientEmail"),
    "ExternalReference": ("External Data Reference", "externalDataReference"),
    "LocationLatitude": ("Location Latitude", "locationLatitude"),
    "LocationLongitude": ("Location Longitude", "locationLongitude"),
    "DistributionChannel": ("Distribution Channel", "distributionChannel"),
    "UserLanguage": ("User Language", "userLanguage"),
}
QUESTIONS: dict[str, str] = {
    "Q1": "This study asks how AI strategy is carried out.\n\n<b>Do you agree to take part?</b>",
    "Q2": "Please enter the code of your organisation, as given in the invitation (for example ORG-001)",
    "Q3": "Which describes your role best?",
    **{item.column: f"{STEM} - {item.text.removeprefix('(R)')}" for item in ITEMS[:-1]},
    "Q12": "So that we know the questions are read: please choose <b>Agree</b> here.",
    "Q13": "Which <i>three</i> capabilities matter most for carrying out your AI strategy?\n(Choose three)",
    "Q14": f"{STEM} - {AGREEMENT.text}",
    "Q15": "Is there anything you would like to add?",
}
COMMENTS = (
    "We have a strategy on paper. Delivery is another matter.",
    "Too many pilots, too few owners.",
    "Data access took longer than building the model.",
    "The board asks about AI every month, but budgets are still yearly.",
    "Good progress since one person answers for each initiative.",
    "No comment",
)
NASTY_COMMENTS = (
    "<script>alert(1)</script>",
    "=1+1",
    "**bold** | pipe",
    'She said "wait";\nthen nothing happened.',
    "Déjà vu: naïve pilots, façade of progress 🚀",
    "@SUM(A1:A9)",
)
