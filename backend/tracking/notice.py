"""The notice that stamping adds to a mail where the policy says "block": one line and the /u/ link.

What marks the block and keeps it single is mail.html_body's.
"""

from html import escape

from backend.words import Language, t


def block(url: str, language: Language) -> str:
    """The notice as HTML, with the address of its reader's own /u/ page."""
    sentence, link = t("edge.notice_sentence", language), t("edge.notice_link", language)
    return (
        f'<div lang="{language}" style="font-size:12px;color:#616161">{escape(sentence)}'
        f' <a href="{escape(url)}" data-no-track>{escape(link)}</a></div>'
    )
