# Administrateurs : lier une équipe, inviter, retirer. Et ce que l'on dit aux inconnus.

access-closed =
    <b>Je ne lis que les photos des cliniciens invités.</b>

    Demandez une invitation à l'équipe avec laquelle vous travaillez : un lien qui ouvre cette conversation. Je n'ai rien ouvert de ce que vous avez envoyé, et je ne le garde pas.

    Si une lésion vous inquiète, adressez le patient maintenant ; ne m'attendez pas.

group-anonymous = Je ne vois pas qui demande. Écrivez en votre nom (désactivez « Rester anonyme »), ou écrivez-moi en privé.

clinic-none = Aucune équipe n'est encore liée. /link lie un groupe ou un canal.
clinic-state-linked = liée
clinic-state-lost = injoignable
clinic-lost =
    <b>Je ne peux plus publier dans « { $clinic } ».</b>

    J'en ai été retiré, ou je n'y suis plus administrateur. Rien ne parvient à cette équipe jusqu'à mon retour : ajoutez-moi comme administrateur et appuyez sur « Lier », ou envoyez /link.

clinic-refuses =
    <b>Telegram a refusé un message vers « { $clinic } ».</b>

    Une demande d'avis n'a pas pu y être publiée ; son expéditeur le sait. Rendez-moi administrateur, avec les droits que /link indique.

link-ask =
    <b>Lier une équipe</b>

    Choisissez le groupe ou le canal des dermatologues avec un bouton ci-dessous. Vous devez y être administrateur, et je le deviens.

    <b>Ce qu'il me faut</b>
    • Groupe : être administrateur. Aucun autre droit.
    • Canal : publier des messages et modifier des messages, pour qu'une carte montre qui a répondu.
    Je ne supprime, n'épingle, n'invite et ne bannis jamais. Dans le groupe, j'ignore tout ce qui ne s'adresse pas à moi.
link-row-linked = ✅ « { $clinic } » est liée.
link-row-lost = ⚠️ « { $clinic } » est injoignable.
link-key-group = 👥 Choisir un groupe
link-key-channel = 📣 Choisir un canal
link-question = Je suis maintenant administrateur de « { $clinic } ». <b>Est-ce une équipe qui reçoit des demandes d'avis ?</b>
link-question-settled = Je suis maintenant administrateur de « { $clinic } ».
link-yes = Lier
link-no = Non
link-declined = Pas de lien. J'y reste silencieux.
link-chosen = Ce sera « { $clinic } ».
link-done =
    ✅ <b>« { $clinic } » est liée.</b>

    Tout membre d'un groupe lié peut répondre ; si vous invitez des dermatologues avec /invite, seuls ceux qui ont accepté le peuvent. Dans un canal, ce sont ses administrateurs et les invités.

    Dans quelle langue dois-je y publier ?
link-language = ✅ « { $clinic } » est liée. J'y publie en : { $language }.
link-hello-group = Ce groupe est maintenant lié à Nevus. Des médecins généralistes y demandent votre avis : chaque question arrive comme une carte, sans le nom de l'expéditeur ni du patient. N'écrivez aucun nom, s'il vous plaît.
link-hello-channel = Ce canal est maintenant lié à Nevus. Des médecins généralistes y demandent votre avis : chaque question arrive comme une carte, sans le nom de l'expéditeur ni du patient.
link-needs-rights-group = Je ne suis pas administrateur de « { $clinic } ». Nommez-moi administrateur (aucun autre droit n'est nécessaire), puis envoyez /link.
link-needs-rights-channel = Dans « { $clinic } », il me faut deux droits d'administrateur : publier des messages et modifier des messages. Donnez-les-moi, puis envoyez /link.
link-not-admin = Seul un administrateur de cette conversation peut la lier.
link-not-there = Je ne suis pas dans cette conversation, ou ce ne peut pas être une équipe. Ajoutez-moi comme administrateur, puis envoyez /link.

invite-ask = <b>Qui invitez-vous ?</b> Le lien sert une fois, à une personne.
invite-button-sender = Quelqu'un qui envoie des photos
invite-button-dermatologist = Un dermatologue qui répond
invite-made-sender =
    <b>Invitation pour quelqu'un qui envoie des photos</b> à « { $clinic } » :

    { $link }

    Elle sert une fois, jusqu'au { DATETIME($at, dateStyle: "medium", timeStyle: "short") } UTC. Ne la donnez qu'à une personne : je ne la montre plus.
invite-made-dermatologist =
    <b>Invitation pour un dermatologue</b> de « { $clinic } » :

    { $link }

    Elle sert une fois, jusqu'au { DATETIME($at, dateStyle: "medium", timeStyle: "short") } UTC. Ne la donnez qu'à une personne : je ne la montre plus. Dès la première acceptée, seuls les dermatologues invités peuvent y répondre ; ils doivent aussi être dans la conversation.
invite-welcome-sender = ✅ <b>Bienvenue.</b> Vous pouvez m'envoyer des photos, et demander l'avis de « { $clinic } ».
invite-welcome-dermatologist = ✅ <b>Bienvenue.</b> Vous êtes sur la liste des dermatologues de « { $clinic } » : vous pouvez répondre aux questions qui y sont publiées.
invite-taken-sender = 🔑 Quelqu'un a utilisé votre invitation à envoyer des photos à « { $clinic } ». /members montre qui est entré.
invite-taken-dermatologist = 🔑 Quelqu'un a utilisé votre invitation à répondre dans « { $clinic } ». /members montre qui est entré.
invite-closed = Cette invitation ne peut pas (ou plus) servir : elle vaut une fois et pour un temps limité. Demandez-en une nouvelle.
invite-used = Cette invitation a déjà servi. Vous êtes inscrit : envoyez-moi une photo quand vous voulez.

members-which = <b>Les membres de quelle équipe ?</b>
members-title = <b>« { $clinic } »</b> ({ $state }) : { $count ->
        [0] personne n'a encore été invité
        [one] { $count } membre
       *[other] { $count } membres
    }
members-row-sender = • { $subject } envoie des photos, depuis le { DATETIME($at, dateStyle: "medium") } { $name }
members-row-dermatologist = • { $subject } répond, depuis le { DATETIME($at, dateStyle: "medium") } { $name }
members-note = <i>Appuyez sur un numéro pour retirer quelqu'un. Je ne garde aucun nom : je n'en montre un que si Telegram me le dit à l'instant. /invite fait entrer.</i>
members-button = ✖️ { $subject }
members-ask-sender = <b>Retirer { $subject } de « { $clinic } » ?</b> Cette personne ne pourra plus rien demander à cette équipe. Ce qui a été demandé reste.
members-ask-dermatologist = <b>Retirer { $subject } de « { $clinic } » ?</b> Cette personne ne pourra plus y répondre. Pour qu'elle ne lise plus les questions, retirez-la aussi de la conversation.
members-remove = Oui, retirer
members-keep = Non, garder
list-empty = ⚠️ <b>« { $clinic } » n'a plus de dermatologue invité</b> : personne ne peut y répondre. /invite crée une invitation.
members-removed = { $subject } a été retiré. Une nouvelle invitation le fait entrer à nouveau.
members-previous = ‹ Retour
members-next = Suite ›

menu-link = Lier le groupe ou canal d'une équipe
menu-invite = Inviter quelqu'un
menu-members = Membres des équipes
