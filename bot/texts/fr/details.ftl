# Derrière le bouton « Détails », et pour un cas de l'historique.

details-title = <b>Cas { $case }</b> · { DATETIME($at, dateStyle: "medium", timeStyle: "short") } UTC

details-scores = <b>Ce que les scores signifient</b>
details-score-row = { $who } : { $opinion }. Sur 100 patients semblables, environ { $few } (à { $low }), { $some } (à { $middle }) ou { $many } (à { $high }) ont un mélanome.
details-count = { $count ->
        [0] moins de 1
       *[other] { $count }
    }
details-score-none = Pas de score : les modèles n'ont pu lire aucune photo de ce cas.
details-score-note = Le pourcentage entre parenthèses est la part des mélanomes parmi les patients qui vous consultent pour cette question. Sans lui, un score ne veut rien dire.
who-pair = Les deux ensemble
who-cnn = CNN
who-vit = ViT

details-photo = <b>Photo { $photo }</b> : { $level } · { $domain } ({ $share }) · { NUMBER($width, useGrouping: 0) } × { NUMBER($height, useGrouping: 0) } px · { $quality }
domain-dermoscopic = photographie dermoscopique
domain-clinical = simple gros plan, moins de certitude
domain-other = aucune lésion vue
quality-good = qualité suffisante

details-reasons = <b>Pourquoi ce niveau</b>
details-models-alone = Les modèles seuls diraient : { $level }.

details-rules = <b>Comment le niveau est décidé</b>
details-rules-text =
    • Le niveau le plus élevé des photos lisibles l'emporte. Si les modèles divergent, il monte d'un cran.
    • Un simple gros plan n'est jamais classé faible.
    • Rien n'abaisse un niveau.

    <b>Élevé, quoi que disent les modèles</b>
    • ABCDE (HAS) n'a pas de score officiel. Notre propre règle : évolution, « vilain petit canard » ou deux lettres : élevé ; une lettre : au moins intermédiaire.
    • Grille pondérée des 7 points (NICE NG12) à 3 ou plus : changement de taille, forme irrégulière, couleur irrégulière, 2 points chacun ; diamètre d'au moins 7 mm, inflammation, suintement, changement de sensation, 1 point chacun.
    • Saignement, croissance, nodule ou votre inquiétude.

    <b>Jamais faible, quoi que disent les modèles</b>
    Phototypes V et VI, moins de 18 ans, ongle, paume, plante, muqueuse, cicatrice, tatouage, lésion traitée.

details-versions = <b>Versions</b>
details-versions-text = Paire { $pair }, CNN { $cnn }, ViT { $vit } ; ONNX Runtime { $onnxruntime }, Pillow { $pillow }, { $kernel }.

case-unknown = Je n'ai pas de cas à ce numéro pour vous. /history liste les vôtres.

split-title = <b>Grains de beauté différents</b> : cet album devient { $count } cas, chacun avec son niveau.
split-caption = ✂️ { $case } a été séparé : chaque photo est maintenant un cas. Voyez le message ci-dessous.
split-line = <b>{ $case }</b>, photo { $photo } : { $mark } <b>{ $level }</b>
split-advice = { $mark } { $advice }
split-done = Cet album est déjà séparé. /history montre ses cas.
