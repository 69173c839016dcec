# Derrière le bouton « Détails », et pour un cas de l'historique.

details-time = { DATETIME($at, dateStyle: "medium", timeStyle: "short") } UTC · { $count ->
        [one] 1 photo
       *[other] { $count } photos
    }

details-reasons = <b>Pourquoi ce niveau</b>
details-models-alone = <b>Les modèles seuls</b> : { $level }
details-models-before = <b>Les modèles seuls, avant vos constatations</b> : { $level }
details-opinions = { $count ->
        [one] CNN : { $cnn } · ViT : { $vit }
       *[other] Photo { $photo } · CNN : { $cnn } · ViT : { $vit }
    }
# Pour `low` et `moderate` ; « 24 % sur 21 (ISIC 2017 et 2018, hors apprentissage) ».
details-shares = Mélanomes de nos tests auxquels les modèles ont donné ce niveau : { $shares }.
details-share = { $share } sur { $melanomas } ({ $source }, { $use })
# À la place des cartes.
details-maps-gone = <i>Pas de cartes : Telegram ne me donne plus la photo.</i>

who-pair = Les deux ensemble
who-cnn = CNN
who-vit = ViT

details-photo = { $count ->
        [one] Photo
       *[other] Photo { $photo } : { $level }
    } · { $domain } (probabilité { $share }) · { NUMBER($width, useGrouping: 0) } × { NUMBER($height, useGrouping: 0) } px · { $quality }
details-photo-unopened = Photo { $photo } : ne s'ouvre pas
domain-dermoscopic = photo dermoscopique
domain-clinical = simple gros plan
domain-other = aucune lésion vue
quality-good = qualité suffisante

details-versions-text = Paire { $pair }, CNN { $cnn }, ViT { $vit } ; ONNX Runtime { $onnxruntime }, Pillow { $pillow }, { $kernel }.

case-unknown = Je n'ai pas de cas à ce numéro ni à cette référence pour vous. /history liste les vôtres.

split-left = 📌 <b>{ $label }</b> ne comprend plus cet album, et ses photos ne sont plus conservées : on ignore de quel nævus il s'agissait. Pour suivre un nævus, ouvrez son cas et touchez « Suivre ».
split-clinic = 🩺 L'équipe de dermatologie le voit sur sa carte et en est avertie.
split-title = <b>Grains de beauté différents</b> : cet album devient { $count } cas, chacun avec son niveau.
split-caption = ✂️ { $case } a été séparé : chaque photo est maintenant un cas. Voyez le message ci-dessous.
split-line = <b>{ $case }</b>, photo { $photo } : { $mark } <b>{ $level }</b>
# Reading two photos together can only raise a level; $level is what that gave, $photos are their places.
split-together = 🔗 Lues ensemble, les photos { $photos } ont donné le niveau <b>{ $level }</b>. Ce niveau vaut pour chacune jusqu'à l'avis d'un dermatologue.
split-advice = { $mark } { $advice }
split-changed = { $cases } : { $advice }
split-done = Cet album est déjà séparé. /history montre ses cas.
