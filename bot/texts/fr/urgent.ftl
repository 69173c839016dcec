# Une réponse urgente : confirmée par l'expéditeur, ou suivie d'un appel.

referral-question-phone = À quel numéro l'équipe peut-elle vous rappeler ? <b>Répondez à ce message</b> en l'écrivant. Seul le dermatologue qui prend le cas peut l'ouvrir ; il sert si vous ne confirmez pas une réponse urgente.
button-add-phone = ☎ Ajouter un numéro de rappel
button-without-phone = Sans numéro
referral-no-phone = Écrivez un numéro de téléphone en chiffres, par exemple 01 99 00 12 34.

card-seen = 👁 Vu par l'expéditeur le { DATETIME($at, dateStyle: "medium", timeStyle: "short") }.
card-referred = 📨 L'expéditeur a adressé le patient le { DATETIME($at, dateStyle: "medium") }.
card-unconfirmed = ⏳ L'expéditeur n'a pas encore confirmé.

notice-said-urgent = 🔴 <b>ADRESSEZ AUJOURD'HUI. { $verdict }</b>
notice-replaces-urgent = ✏️ <b>Cela remplace la réponse de l'équipe « { $verdict } »</b> du { DATETIME($at, dateStyle: "medium", timeStyle: "short") } ({ $zone }).
notice-other-urgent = 🔴 <b>ADRESSEZ AUJOURD'HUI. { $verdict }</b> : cette réponse de l'équipe à une autre demande sur ce cas reste valable. Ce qui suit ne la remplace pas.
notice-still-urgent = 🔴 <b>ADRESSEZ AUJOURD'HUI. { $verdict }</b> : cette réponse vaut tant que l'équipe ne l'a pas remplacée.
notice-please-confirm = Appuyez sur <b>Vu</b> : l'équipe l'attend, et je vous le redemanderai jusque-là.
notice-seen = 👁 Vu le { DATETIME($at, dateStyle: "medium", timeStyle: "short") } ({ $zone }). Une fois le patient adressé, appuyez sur <b>Adressé</b>.
notice-referred = 📨 Adressé le { DATETIME($at, dateStyle: "medium") }.
button-seen = 👁 Vu
button-referred = 📨 Adressé le…
button-referred-otherwise = 📨 Un autre jour
button-referred-on = { DATETIME($at, dateStyle: "medium") }
button-phone = ☎ Numéro de rappel
button-reached = ✅ Joint par téléphone
phone-shown = { $case } : { $phone }
phone-gone = Le numéro n'est plus conservé.
urgent-noted = C'est noté.
urgent-known = C'est déjà confirmé.
urgent-replaced = L'équipe a corrigé cette réponse : voyez le message plus récent.
urgent-reminder = ⏰ 🔴 <b>{ $case } : l'équipe a répondu URGENT et vous ne l'avez pas confirmé. ADRESSEZ AUJOURD'HUI</b> ({ $pathway }), puis appuyez sur <b>Vu</b>.
urgent-telephone = ☎ <b>{ $case } : la réponse urgente n'est pas confirmée.</b> { $name }, téléphonez aujourd'hui à l'expéditeur. Vous seul pouvez ouvrir le numéro.
urgent-telephone-someone = ☎ <b>{ $case } : la réponse urgente n'est pas confirmée.</b> La personne qui a pris le cas est priée de téléphoner aujourd'hui à l'expéditeur. Elle seule peut ouvrir le numéro.
urgent-reached = ☎ { $case } : l'expéditeur a été joint par téléphone.
urgent-unconfirmed-phone = 🚨 <b>{ $case } : personne n'a confirmé la réponse urgente, et nous ne pouvons pas téléphoner</b> : l'expéditeur n'a pas laissé de numéro.
urgent-unconfirmed-claimer = 🚨 <b>{ $case } : personne n'a confirmé la réponse urgente, et nous ne pouvons pas téléphoner</b> : le dermatologue qui a pris le cas, seul à pouvoir ouvrir le numéro, ne peut plus répondre ici. <b>Prenez le cas, et téléphonez aujourd'hui à l'expéditeur.</b>
urgent-unconfirmed-unreachable = 🚨 <b>{ $case } : personne n'a confirmé la réponse urgente</b>, et l'expéditeur n'est plus joignable par moi. Seule la personne qui a pris le cas peut ouvrir le numéro : téléphonez maintenant.
