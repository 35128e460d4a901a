"""The shared screens of the four services: layout, macros, static files, languages."""

from services.ui.forms import Form
from services.ui.i18n import N_, NP_, gettext, ngettext, pgettext
from services.ui.installing import install
from services.ui.render import Ui, page, problem_page

_ = gettext

__all__ = ["NP_", "N_", "Form", "Ui", "_", "gettext", "install", "ngettext", "page", "pgettext", "problem_page"]
