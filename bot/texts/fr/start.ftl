# Premier contact, consentement, langue. Un changement de sens dans `start-*` demande une nouvelle CONSENT_VERSION.

start-hello =
    <b>Nevus : un second regard sur un grain de beauté</b>

    Envoyez-moi la photo d'une lésion cutanée. Deux classificateurs d'images indépendants la lisent. En quelques secondes, vous recevez un niveau de risque, ses raisons, une image des zones qu'ils ont regardées et la conduite à tenir.

start-limits =
    <b>Ce que je ne suis pas</b>
    Ni un dispositif médical, ni un diagnostic : un prototype de recherche. Je peux manquer un mélanome. C'est vous qui examinez le patient, et vous qui décidez.

start-terms =
    <b>Avant la première photo, merci d'accepter ceci :</b>
    • Le patient est d'accord pour que vous envoyiez la photo.
    • Elle ne montre ni visage, ni étiquette, ni rien qui identifie le patient (un tatouage peut suffire).
    • Elle passe par Telegram, un tiers, et reste dans cette conversation tant que vous ne la supprimez pas. Une photo envoyée comme fichier peut contenir le lieu de prise de vue : je ne le lis jamais, mais Telegram le garde.
    • Je conserve scores, niveau, vos réponses sur la lésion, versions, date et une empreinte du fichier sous un numéro aléatoire : ni photo, ni nom, ni conversation. Détails : /privacy.
    • Si vous suivez une lésion et que le patient est aussi d'accord pour cela, je conserve, chiffré, l'endroit où Telegram garde ses photos : jamais de copie, jusqu'à ce que vous arrêtiez, au plus tard 24 mois après la dernière photo.
    • Ce que vous dites du patient (tranche d'âge, sexe, siège, facteurs de risque, une phrase, votre référence), je le conserve chiffré. N'y nommez personne.

start-accepted = ✅ <b>Accepté</b> le { DATETIME($at, dateStyle: "medium") }.

start-ready =
    Merci. <b>Envoyez-moi maintenant une photo.</b>

    • Au mieux : une photo dermoscopique. Un simple gros plan est lu avec moins de certitude.
    • Une seule lésion, nette, bien éclairée, occupant environ la moitié de l'image.
    • Plusieurs photos d'<b>une même</b> lésion : envoyez-les ensemble, en album.

start-ready-held =
    { $count ->
        [one] Merci. Je lis maintenant la photo que vous avez envoyée.
       *[other] Merci. Je lis maintenant les { $count } photos que vous avez envoyées.
    }

start-again =
    Vous avez accepté les conditions. Envoyez-moi une photo quand vous voulez ; /help explique comment la réussir.

consent-ask =
    📷 Votre photo est en attente : je ne l'ai pas ouverte.

    Je la lis dès que vous acceptez les conditions ci-dessous. Sans cela, j'en efface la référence sous 24 heures.

consent-changed = <b>Les conditions ont changé depuis que vous les avez acceptées.</b> Merci de les relire.

consent-outdated = Les conditions ont changé depuis ce message. Voici les nouvelles.

consent-needed = Merci d'accepter d'abord les conditions : /start

button-accept = ✅ J'accepte

language-question = Dans quelle langue dois-je répondre ?
language-set = Je réponds désormais en français.
language-name = Français
language-switch = English
