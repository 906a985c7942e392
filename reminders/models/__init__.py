from .channel import ChannelSetup, SendHold, Suppression
from .decision import Decision, RoundTally, Run
from .last_look import LastLook
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
    "DunningPolicy",
    "HolidayOverride",
    "LastLook",
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
