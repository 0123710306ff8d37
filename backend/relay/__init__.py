"""The outbound relay: an SMTP listener that stamps mail on its way to the smarthost.

    peer --SMTP--> door --> stamper (threads, database) --> courier --SMTP--> smarthost
                                      ledger: who has accepted what

Nothing is accepted that the smarthost has not accepted, and its answer is the peer's answer. Where
anything of ours fails the mail goes on as it came.
"""
