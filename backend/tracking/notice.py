"""The notice that stamping adds to a mail where the policy says "block": one line and the /u/ link.

The words stand here and nowhere else. What marks the block and keeps it single is mail.html_body's.
"""

from html import escape

SENTENCE = "The sender can see whether this mail is opened and which of its links are used."
LINK_TEXT = "What is recorded, and how to refuse"


def block(url: str) -> str:
    """The notice as HTML, with the address of its reader's own /u/ page."""
    return (
        f'<div style="font-size:12px;color:#616161">{escape(SENTENCE)}'
        f' <a href="{escape(url)}" data-no-track>{escape(LINK_TEXT)}</a></div>'
    )
