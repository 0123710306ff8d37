"""Turns drafts into stamped mail and hits into explained engagements.

    draft --stamping--> mail with tokens
    token --edge--> hit log --drain--> hits --classify--> derive --ledger--> engagements

Its modules, by what they are for:

    a draft          drafts carriers stamping stamp_record copies wrapping notice tokens mac
    what is allowed  policy policy_choices policy_changes refusals
    the send         sending hostcheck linkbook linkdoor linkpull
    a hit's way      facts hitlog hitlog_file hitlog_drained hitlog_stream hitlog_stream_drained
    a hit's meaning  hits targets subject signatures devices selfcookie verdicts
    the rules        classify rules_automatic rules_reading crowd
    networks         networks lists ranges published refresh
    engagements      engagements concerned scope windows derive readers engagement_rows ledger
                     summaries
    a flood          surplus surplus_rows
    afterwards       outcomes reclassify merging mail_index
"""
