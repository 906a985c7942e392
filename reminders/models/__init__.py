from .channel import ChannelSetup, SendHold, Suppression
from .decision import Decision, Run
from .draft import Draft
from .last_look import LastLook
from .message import Attempt, DeliveryEvent, Message
from .policy import DunningPolicy, HolidayOverride, PolicyVersion, Step, Template

__all__ = [
    "Attempt",
    "ChannelSetup",
    "Decision",
    "DeliveryEvent",
    "Draft",
    "DunningPolicy",
    "HolidayOverride",
    "LastLook",
    "Message",
    "PolicyVersion",
    "Run",
    "SendHold",
    "Step",
    "Suppression",
    "Template",
]
