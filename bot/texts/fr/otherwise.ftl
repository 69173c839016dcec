otherwise-text = Je lis des photos, pas des messages. Envoyez-moi une photo de la lésion, ou /help.
otherwise-voice = Je ne peux pas écouter les messages vocaux. Envoyez-moi une photo de la lésion, ou /help.
otherwise-video = Je ne peux pas regarder de vidéo. Envoyez-moi plutôt une photo nette de la lésion.
otherwise-animation = Je ne peux pas regarder d'animation. Envoyez-moi plutôt une photo nette de la lésion.
otherwise-sticker = Merci ! Là où je peux vraiment aider, c'est avec la photo d'une lésion. /help explique comment la réussir.
otherwise-location = Merci de ne pas m'envoyer de lieu : je ne conserve pas celui-ci. Il me faut une photo de la lésion.
otherwise-contact = Merci de ne pas m'envoyer de contact : je ne conserve pas celui-ci. Il me faut une photo de la lésion.
otherwise-anything = Je ne peux rien en faire. Envoyez-moi une photo de la lésion, ou /help.
# Sous un message qui pouvait être une question sur une lésion.
otherwise-safety = <b>Si une lésion grossit, change, saigne ou vous inquiète, demandez un avis dermatologique très rapide</b>, sans attendre une photo ni ma réponse.
otherwise-edited-photo = Ma réponse porte sur la première photo. Je ne lis pas celle qui la remplace quand le message est modifié. Envoyez la nouvelle photo dans un nouveau message.
otherwise-edited-text = Je ne lis pas les corrections d'un message. Si j'ai conservé ses mots, ils restent tels que vous les avez d'abord envoyés. Envoyez les nouveaux mots dans un nouveau message.
edited-text-kept = Ces boutons montrent les mots que je conserve, pour les réécrire ou les effacer :
button-kept-sentence = ✏️ { $case } : phrase
button-kept-reference = 🔖 { $case } : référence

command-unknown = Je ne connais pas { $command }. Vouliez-vous dire { $closest } ?
command-unknown-plain = Je ne connais pas { $command }. /help montre ce que je sais faire.

group-private-only = { $command } montre ce qui n'appartient qu'à vous : je n'y réponds qu'en privé.
group-photo = Je ne lis les photos qu'en privé : personne d'autre n'y voit votre question.
group-hello = Je travaille en conversation privée : envoyez-y la photo d'une lésion.
button-private = Ouvrir la conversation privée

photo-too-many-bytes = Ce fichier est trop lourd : Telegram limite les fichiers à { $limit } Mo. Envoyez-le comme photo plutôt que comme fichier, ou une copie plus légère.
photo-unsupported-format = Ce fichier n'est pas une photo que je sache lire. Je lis JPEG, PNG, WebP, HEIC, AVIF, TIFF et BMP. Envoyez l'image comme photo.
photo-other-format = Je ne sais pas lire ce format de photo. Exportez la photo en JPEG et envoyez ce fichier.
photo-raw = C'est un fichier brut de l'appareil (DNG, CR3, NEF ou semblable), que je ne sais pas lire. Envoyez le JPEG : celui que l'appareil ou le téléphone enregistre à côté, ou un export.
photo-hdr = C'est une photo HDR, dont je ne peux pas juger les couleurs. Envoyez-la en JPEG : exportez-la, ou désactivez le HDR et reprenez-la.
photo-damaged = Cette photo est abîmée et ne s'ouvre pas. Renvoyez-la, ou prenez-en une nouvelle.
photo-too-many-pixels = Cette photo a plus de 64 mégapixels : c'est trop pour l'ouvrir. Envoyez-la comme photo plutôt que comme fichier.
photo-too-large-here = Cette photo est trop grande pour être ouverte ici. Envoyez-la comme photo plutôt que comme fichier : Telegram la réduit alors.
photo-dicom = ⚠️ C'est un fichier DICOM : son en-tête nomme le patient. Je n'en ai rien gardé et je le supprime de cette conversation. Exportez l'image en JPEG et envoyez ce fichier.
# Said afterwards if Telegram refuses the deletion.
photo-dicom-stays = ⚠️ Je n'ai pas le droit de supprimer le fichier DICOM, qui nomme le patient : supprimez le message vous-même.
photo-none-readable = Je n'ai pu ouvrir aucune de ces photos. Renvoyez-les comme photos, et non comme fichiers.
photo-unavailable = Telegram ne m'a pas transmis cette photo, malgré de nombreuses tentatives. Renvoyez-la, ou prenez-en une nouvelle.
photo-given-up = Telegram ne m'a pas transmis cette photo, malgré de nombreuses tentatives. Renvoyez-la, ou prenez-en une nouvelle ; si la lésion vous inquiète, demandez un avis dermatologique sans attendre.
photo-deadly = Je me suis arrêté deux fois en ouvrant cette photo ; je n'ai donc pas réessayé. Prenez-en une nouvelle, ou envoyez-la comme photo plutôt que comme fichier ; si la lésion vous inquiète, demandez un avis dermatologique sans attendre.
photo-stalled = ⏳ Telegram ne m'a pas encore transmis cette photo. Je continue d'essayer, et je réponds dès que je l'ai. <b>Si la lésion vous inquiète, demandez un avis dermatologique sans attendre</b> ma réponse.
photo-stalled-over = ⬆️ Ma réponse à cette photo se trouve maintenant plus haut.

something-old = Ce bouton n'est plus valable. /history montre vos cas.
something-failed = Cela n'a pas fonctionné. C'est ma faute, pas la vôtre. Merci de renvoyer ; si la lésion vous inquiète, demandez un avis dermatologique sans attendre.
repeat-mark = Renvoyé après une interruption : il se peut que vous l'ayez deux fois.

# Après un refus de Telegram : à la fin d'une réponse sans son image, devant un message sans son fichier, et à
# la place d'un message qui n'est accepté sous aucune forme.
refused-picture = ⚠️ Telegram a refusé l'image. Ce texte est complet et à jour.
refused-file = ⚠️ Telegram a refusé le fichier qui devait figurer ici. Redemandez-le dans quelques minutes.
refused-notice = ⚠️ Telegram a refusé ma réponse, et je n'ai pu l'envoyer sous aucune forme. /history montre vos cas et ce qui en a été dit. Si la lésion vous inquiète, demandez un avis dermatologique sans attendre.

kept-by-telegram = Je ne peux pas recevoir votre message pour l'instant. Il n'est pas perdu : Telegram le garde, et je réponds dès que possible. Si la lésion vous inquiète, demandez un avis dermatologique sans attendre.
