history-title = { $count ->
        [one] <b>Your case</b>
       *[other] <b>Your { $count } cases</b>, newest first
    }
history-title-level = { $mark } <b>{ $level }: { $total ->
        [one] your case</b>
       *[other] { $count } of your { $total } cases</b>
    }, newest first
history-empty = No case yet. Send me a photo of a lesion, and its answer will be listed here.
history-row = { $mark } <b>{ $case }</b> · { $level } · { DATETIME($at, dateStyle: "medium", timeStyle: "short") }{ $photos ->
        [one] {""}
       *[other] {" "}· { $photos } photos
    }
history-times = <i>As of { DATETIME($at, dateStyle: "medium", timeStyle: "short") } UTC. Press a case for its details, a level to filter.</i>
button-newest = « Newest
button-older = Older ›
button-back = ‹ Back to the list
history-split = ✂️ <b>{ $case } was split into { $count } cases.</b> Open one of them:
history-found = 🔖 <b>“{ $reference }”</b>: { $count } cases, newest first
history-found-more = Below: the newest { $shown }. Buttons: { $opened } of { $count }.
history-reference = 🔖 { $reference }
