# Behind the "Details" button, and one case in the history.

details-time = { DATETIME($at, dateStyle: "medium", timeStyle: "short") } UTC · { $count ->
        [one] 1 photo
       *[other] { $count } photos
    }

details-reasons = <b>Why this level</b>
details-models-alone = <b>The models alone</b>: { $level }
details-models-before = <b>The models alone, before your findings</b>: { $level }
details-opinions = { $count ->
        [one] CNN: { $cnn } · ViT: { $vit }
       *[other] Photo { $photo } · CNN: { $cnn } · ViT: { $vit }
    }
# At `low` and `moderate`; "24% of 21 (ISIC 2017 and 2018, not used in training)".
details-shares = Melanomas in our tests that the models gave this level: { $shares }.
details-share = { $share } of { $melanomas } ({ $source }, { $use })
# What stands in the place of the maps.
details-maps-gone = <i>No maps: Telegram no longer gives me the photo.</i>

who-pair = Both together
who-cnn = CNN
who-vit = ViT

details-photo = { $count ->
        [one] Photo
       *[other] Photo { $photo }: { $level }
    } · { $domain } (probability { $share }) · { NUMBER($width, useGrouping: 0) } × { NUMBER($height, useGrouping: 0) } px · { $quality }
details-photo-unopened = Photo { $photo }: cannot be opened
domain-dermoscopic = dermoscopic
domain-clinical = plain close-up
domain-other = no lesion seen
quality-good = quality sufficient

details-versions-text = Pair { $pair }, CNN { $cnn }, ViT { $vit }; ONNX Runtime { $onnxruntime }, Pillow { $pillow }, { $kernel }.

case-unknown = I have no case with this number or reference for you. /history lists yours.

split-left = 📌 <b>{ $label }</b> does not include this album any more, and its photos are not kept: which mole it was is not known. To follow a mole, open it and press “Follow”.
split-clinic = 🩺 The clinic sees this on its card, and got a message about it.
split-title = <b>Different moles</b>: this album is now { $count } cases, each with its own level.
split-caption = ✂️ { $case } was split: each photo is a case of its own now. See the message below.
split-line = <b>{ $case }</b>, photo { $photo }: { $mark } <b>{ $level }</b>
# Reading two photos together can only raise a level; $level is what that gave, $photos are their places.
split-together = 🔗 Read together, photos { $photos } were rated <b>{ $level }</b>. That level stays with each of them until a dermatologist has seen it.
split-advice = { $mark } { $advice }
split-changed = { $cases }: { $advice }
split-done = This album was split already. /history shows its cases.
