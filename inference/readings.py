"""The values that travel between the rooms: what was seen on a photo, and what it means.

Everything here is a frozen value without behaviour beyond what its fields say. `PhotoFindings` are plain
numbers that can be stored and assessed again later (when the checklist changes); `PhotoReading` adds the
pictures that a card needs and is never stored.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inference.boxes import Box, Outline

ClassifierName = Literal["cnn", "vit"]


class RiskLevel(StrEnum):
    """The level that the sender gets. Ordered by `inference.judging.RANK`."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"
    NOT_ASSESSABLE = "not_assessable"


class Domain(StrEnum):
    """What kind of photo it is, as the classifiers' own features see it."""

    DERMOSCOPIC = "dermoscopic"
    CLINICAL = "clinical"
    OTHER = "other"


class QualityFault(StrEnum):
    """Why a photo cannot be read. Each has a text that says how to retake it."""

    TOO_SMALL = "too_small"
    BLURRED = "blurred"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    GLARE = "glare"
    LOW_CONTRAST = "low_contrast"
    NO_COLOUR = "no_colour"


class Reason(StrEnum):
    """Stable codes for why the level is what it is (in records, `--json` and texts; never renamed)."""

    SCORE_LOW = "score_low"
    SCORE_MODERATE = "score_moderate"
    SCORE_HIGH = "score_high"
    OTHER_MALIGNANCY = "other_malignancy"  # BCC or SCC suspected: raises the level, not the melanoma score
    DISAGREEMENT = "disagreement"
    CLINICAL_PHOTO = "clinical_photo"  # a plain close-up: never low
    DOMAIN_UNCERTAIN = "domain_uncertain"
    OUTLINE_UNCERTAIN = "outline_uncertain"  # read in its middle, without a marked lesion: never low
    NO_LESION = "no_lesion"  # gate: objects, plain skin
    FEW_PIXELS = "few_pixels"  # gate: too few pixels on the lesion; come closer, or send the photo as a file
    QUALITY = "quality"  # gate: the faults say which
    BOTH_PHOTOS = "both_photos"  # the close-up and the dermoscopic photo read together: raises the level
    SEVERAL_LESIONS = "several_lesions"  # never low before one of them is picked
    MANY_LESIONS = "many_lesions"  # more than are read: never low, also for a picked one
    SKIN_TYPE = "skin_type"  # V or VI: never low
    UNDER_18 = "under_18"
    SITE = "site"  # nail, palm or sole, mucosa, scar, tattoo, treated
    SEVEN_POINT = "seven_point"  # 3 or more
    ABCDE = "abcde"
    RED_FLAG = "red_flag"


class SpecialSite(StrEnum):
    """Sites and states that the networks were not trained on: never `low`."""

    NAIL = "nail"
    PALM_OR_SOLE = "palm_or_sole"
    MUCOSA = "mucosa"
    SCAR = "scar"
    TATTOO = "tattoo"
    TREATED = "treated"


class SevenPoint(StrEnum):
    """NICE NG12 weighted checklist: the first three weigh 2, the rest 1."""

    CHANGE_IN_SIZE = "change_in_size"
    IRREGULAR_SHAPE = "irregular_shape"
    IRREGULAR_COLOUR = "irregular_colour"
    DIAMETER_7_MM = "diameter_7_mm"
    INFLAMMATION = "inflammation"
    OOZING = "oozing"
    CHANGE_IN_SENSATION = "change_in_sensation"


class Abcde(StrEnum):
    """HAS: ABCDE and the "vilain petit canard"."""

    ASYMMETRY = "asymmetry"
    BORDER = "border"
    COLOUR = "colour"
    DIAMETER = "diameter"
    EVOLUTION = "evolution"
    UGLY_DUCKLING = "ugly_duckling"


class RedFlag(StrEnum):
    """Any of these makes the level `high`."""

    BLEEDING = "bleeding"
    GROWTH = "growth"
    NODULE = "nodule"
    WORRY = "worry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the clinician answered about patient and lesion. `None` means not answered."""

    skin_type: int | None = None  # Fitzpatrick 1 to 6
    under_18: bool | None = None
    sites: frozenset[SpecialSite] | None = None  # empty: none of them
    seven_point: frozenset[SevenPoint] | None = None
    abcde: frozenset[Abcde] | None = None
    red_flags: frozenset[RedFlag] = frozenset()
    raised_by: str | None = None  # number of the case whose better photo, not `low`, may show this lesion

    @property
    def has_dark_skin(self) -> bool:
        """Skin type V or VI, of which the networks saw few photos: never `low`."""
        return self.skin_type is not None and self.skin_type >= 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Measures of a photo, each with its unit in its name or docstring of `inference.quality`."""

    width_px: int
    height_px: int
    sharpness: float
    brightness: float  # mean luminance of the photo's content, 0 to 1
    contrast: float  # spread of luminance, 0 to 1
    glare: float  # share of blown-out pixels, 0 to 1
    colour: float | None = None  # from 1 on it is a colour photo; None: recorded before this was measured
    faults: tuple[QualityFault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionFindings:
    """One classifier's calibrated scores on one photo, at 50 % prevalence, each 0 to 1."""

    classifier: ClassifierName
    probability: float  # melanoma
    malignant_probability: float  # melanoma, BCC or SCC


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionFindings:
    """All numbers about one lesion of a photo. Scores as in `PhotoFindings`."""

    box: Box  # in pixels of the upright photo, as it is in the file
    outline: Outline  # in the same pixels
    gate: tuple[Reason, ...]  # FEW_PIXELS; empty when readable
    domain: Domain
    domain_probabilities: dict[Domain, float]
    opinions: tuple[OpinionFindings, ...]
    probability: float | None
    malignant_probability: float | None
    closer_factor: float = 1.0  # how many times as large the lesion has to be on the photo; 1 when readable

    @property
    def size_px(self) -> float:
        """The larger side of the box, in pixels of the upright photo."""
        return self.box.long_side


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoFindings:
    """All numbers about one photo. `probability` is None when a gate refused it (but see `Engine.read`).

    If lesions were found, domain and scores are those of the chosen one: the one nearest to the photo's
    middle among those that can be read, or the one that the sender picked. If none was found and scores are
    asked for all the same, they are those of the photo's middle.
    """

    quality: Quality
    domain: Domain
    domain_probabilities: dict[Domain, float]
    gate: tuple[Reason, ...]  # NO_LESION, FEW_PIXELS, QUALITY; empty when readable
    opinions: tuple[OpinionFindings, ...]  # in the order cnn, vit; empty when gated
    probability: float | None  # the pair's melanoma score, calibrated at 50 % prevalence
    malignant_probability: float | None
    lesions: tuple[LesionFindings, ...] = ()  # those that were read, the nearest to the middle first
    lesion_count: int | None = None  # how many were found; None if the networks read the whole photo
    chosen: int = 0  # index in `lesions`
    is_picked: bool = False  # the sender picked the chosen lesion: the case is about this one alone

    @property
    def closer_factor(self) -> float:
        """How many times as large the lesion has to be on the photo; 1 when it need not."""
        return self.lesions[self.chosen].closer_factor if self.lesions else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineVersions:
    """What a score depends on; recorded with each case."""

    pair: str  # pair.json's version
    cnn: str
    vit: str
    onnxruntime: str
    pillow: str  # and what resizes in its place, e.g. "13.0.0, cykooz-resizer 4.0.1"
    kernel_class: str  # CPU features that choose the kernels, e.g. "x86-64 avx512"
    finder: str | None = None  # None if the networks read the whole photo


Evidence = dict[ClassifierName, NDArray[np.float32]]
"""(h, w) signed contributions to the melanoma logit, by network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionPicture:
    """Where a lesion is on the preview, and what the networks saw in it. In pixels of the preview."""

    crop: Box  # the square that the networks saw, which the maps cover; it may reach beyond the preview
    outline: Outline
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoReading:
    """Findings and the pictures that the card shows. Lives in memory only."""

    findings: PhotoFindings
    preview: NDArray[np.uint8]  # (H, W, 3) upright RGB, longest side at most 1279 px, no metadata
    evidence: Evidence  # maps of the whole preview; empty if the networks read lesions
    elapsed_ms: float
    stages_ms: dict[str, float] = field(default_factory=dict)  # decode, gate, find, cnn, vit; or remote
    versions: EngineVersions | None = None  # of where the networks ran, if not `Engine.versions`
    lesions: tuple[LesionPicture, ...] = ()  # in the order of `findings.lesions`


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What a case comes to. The sender gets `level`; the networks alone would say `model_level`."""

    level: RiskLevel
    model_level: RiskLevel
    reasons: tuple[Reason, ...]  # most important first
    photo_levels: tuple[RiskLevel, ...]  # one a photo, in order
    leading_photo: int  # index of the photo whose findings set the level and lead the card
    unanswered: tuple[Literal["skin_type", "site"], ...] = ()  # what a `low` is not valid for
    lesion_levels: tuple[tuple[RiskLevel, ...], ...] = ()  # of each photo's lesions, by networks and gates
