from .channel import ChannelSetup, SendHold, Suppression
from .decision import Decision, RoundTally, Run
from .draft import Draft
from .job import Job, JobRow
from .last_look import LastLook
from .macro import Macro
from .message import Attempt, DeliveryEvent, Message
from .policy import (
    DunningPolicy,
    HolidayOverride,
    PolicyEdit,
    PolicyVersion,
    PublishRequest,
    Step,
    Template,
)

__all__ = [
    "Attempt",
    "ChannelSetup",
    "Decision",
    "DeliveryEvent",
    "Draft",
    "DunningPolicy",
    "HolidayOverride",
    "Job",
    "JobRow",
    "LastLook",
    "Macro",
    "Message",
    "PolicyEdit",
    "PolicyVersion",
    "PublishRequest",
    "RoundTally",
    "Run",
    "SendHold",
    "Step",
    "Suppression",
    "Template",
]
