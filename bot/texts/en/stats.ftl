# /stats and `nevus stats`. As a caption it stays within 1,024 UTF-16 units.

menu-stats = What was counted
stats-title = <b>Statistics</b>
stats-cases = { $count ->
        [one] <b>1 case</b>
       *[other] <b>{ $count } cases</b>
    } of { $senders ->
        [one] 1 sender
       *[other] { $senders } senders
    }
stats-level = { $mark } { $level }: { $count }
stats-referrals = { $count ->
        [one] <b>1 question to a clinic</b>
       *[other] <b>{ $count } questions to clinics</b>
    }
stats-state-open = • waiting: { $count }
stats-state-claimed = • claimed: { $count }
stats-state-answered = • answered: { $count }
stats-state-withdrawn = • withdrawn: { $count }
stats-time-claim = Until claimed: half within { $middle }, nine of ten within { $most }
stats-time-answer = Until answered: half within { $middle }, nine of ten within { $most }
stats-minutes = { $count } min
stats-hours = { $count } h
stats-days = { $count } d
stats-agreement =
    <b>Verdict and level</b> ({ $count } compared)
    • as urgent as the level: { $same } ({ $share })
    • more urgent: { $more }
    • less urgent: { $less }
    <i>The last verdict counts: urgent against high; routine and monitor against moderate; no suspicious feature against low.</i>
stats-agreement-none = <b>Verdict and level</b>: nothing to compare yet.
stats-chart-levels = Cases by level
stats-chart-verdicts = The dermatologist’s verdict was …
stats-verdict-same = as urgent as the level
stats-verdict-more = more urgent
stats-verdict-less = less urgent
