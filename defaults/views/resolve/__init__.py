"""The customer's pages behind a link: what is open, and everything that can be done about it without signing in.

`/r/<token>/` leads to `/r/case/<number>/`, from where every act has an address of its own: its form and its summary, and
below it `done/`, its receipt.
"""

from .entry import new_link, nothing, resolve
from .home import home
from .pages import act_page, receipt_page
from .papers import paper
from .you import code, you

__all__ = ["act_page", "code", "home", "new_link", "nothing", "paper", "receipt_page", "resolve", "you"]
