from .channel import ChannelSetup, SendHold, Suppression
from .decision import Decision, Run
from .message import Attempt, DeliveryEvent, Message
from .policy import DunningPolicy, HolidayOverride, PolicyVersion, Step, Template

__all__ = [
    "Attempt",
    "ChannelSetup",
    "Decision",
    "DeliveryEvent",
    "DunningPolicy",
    "HolidayOverride",
    "Message",
    "PolicyVersion",
    "Run",
    "SendHold",
    "Step",
    "Suppression",
    "Template",
]
