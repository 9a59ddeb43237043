"""The JSON of the HTTP interface: what requests hold, with their bounds, and what answers hold. x comes first, as browsers count."""

from __future__ import annotations

from clickcut.web.http.schema.changes import (
    Change,
    ClicksAsked,
    DoneAsked,
    DraftAsked,
    FinishAsked,
    MaskAsked,
    MergeAsked,
    ObjectAsked,
    PreviewAsked,
    SessionAsked,
    SettingsAsked,
    StrokesAsked,
)
from clickcut.web.http.schema.folders import (
    ClassAsked,
    ClassChange,
    ClassesTold,
    ClassTold,
    FolderSettingsValue,
    ImageDetails,
    ImagesTold,
    ImportTold,
    WorkspaceTold,
)
from clickcut.web.http.schema.refusals import error_answers
from clickcut.web.http.schema.values import MAX_STROKE_POINTS, Asked, MaskGiven, SettingsValue
from clickcut.web.http.schema.works import ChangeTold, KeepTold, LabelMapTold, PreviewTold, ReadyTold, SessionTold, WholeMaskTold

__all__ = [
    "MAX_STROKE_POINTS",
    "Asked",
    "Change",
    "ChangeTold",
    "ClassAsked",
    "ClassChange",
    "ClassTold",
    "ClassesTold",
    "ClicksAsked",
    "DoneAsked",
    "DraftAsked",
    "FinishAsked",
    "FolderSettingsValue",
    "ImageDetails",
    "ImagesTold",
    "ImportTold",
    "KeepTold",
    "LabelMapTold",
    "MaskAsked",
    "MaskGiven",
    "MergeAsked",
    "ObjectAsked",
    "PreviewAsked",
    "PreviewTold",
    "ReadyTold",
    "SessionAsked",
    "SessionTold",
    "SettingsAsked",
    "SettingsValue",
    "StrokesAsked",
    "WholeMaskTold",
    "WorkspaceTold",
    "error_answers",
]
