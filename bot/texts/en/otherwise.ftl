otherwise-text = I read photos, not messages. Send me a photo of the lesion, or /help.
otherwise-voice = I cannot listen to voice messages. Send me a photo of the lesion, or /help.
otherwise-video = I cannot watch videos. Send me one sharp photo of the lesion instead.
otherwise-animation = I cannot watch animations. Send me one sharp photo of the lesion instead.
otherwise-sticker = Thank you! What I can really help with is a photo of a lesion. /help says how to take one.
otherwise-location = Please do not send me places: I do not keep this one. What I need is a photo of the lesion.
otherwise-contact = Please do not send me contacts: I do not keep this one. What I need is a photo of the lesion.
otherwise-anything = I can do nothing with that. Send me a photo of the lesion, or /help.
# Below a message that may have been a question about a lesion.
otherwise-safety = <b>If a lesion grows, changes, bleeds or worries you, refer now</b>: do not wait for a photo or an answer of mine.
otherwise-edited-photo = My answer is about the photo that you sent first. I do not read a photo that replaces it when the message is edited. Please send the new photo as a new message.
otherwise-edited-text = I do not read corrections of a message. If I kept its words, I keep them as you first sent them. Please send the new words as a new message.
edited-text-kept = These buttons show the words that I keep, to write them again or to erase them:
button-kept-sentence = ✏️ { $case }: sentence
button-kept-reference = 🔖 { $case }: reference

command-unknown = I do not know { $command }. Did you mean { $closest }?
command-unknown-plain = I do not know { $command }. /help shows what I can do.

group-private-only = { $command } shows what is yours alone, so I answer it in private only.
group-photo = I read photos in private only: no one else sees your question there.
group-hello = I work in private chat: send me the photo of a lesion there.
button-private = Open private chat

photo-too-many-bytes = This file is too big: Telegram lets me fetch { $limit } MB at most. Send it as a photo instead of a file, or a smaller copy.
photo-unsupported-format = This file is not a photo that I can read. I read JPEG, PNG, WebP, HEIC, AVIF, TIFF and BMP. Send the picture as a photo.
photo-other-format = I cannot read this photo format. Export the photo as JPEG and send that.
photo-raw = This is a raw file from the camera (DNG, CR3, NEF or the like), which I cannot read. Send the JPEG: the one that the camera or phone saves beside it, or one that you export.
photo-hdr = This is an HDR photo, whose colours I cannot judge. Send it as JPEG: export it, or turn HDR off and take it again.
photo-damaged = This photo is damaged and cannot be opened. Send it again, or take a new one.
photo-too-many-pixels = This photo has more than 64 megapixels, which is too many to open. Send it as a photo instead of a file.
photo-too-large-here = This photo is too large to open here. Send it as a photo instead of a file: Telegram then makes it smaller.
photo-dicom = ⚠️ This is a DICOM file: its header names the patient. I have kept nothing of it and am deleting it from this chat. Export the picture as JPEG and send that.
# Said afterwards if Telegram refuses the deletion.
photo-dicom-stays = ⚠️ I am not allowed to delete the DICOM file, which names the patient: please delete the message yourself.
photo-none-readable = I could not open any of these photos. Send them again as photos, not as files.
photo-unavailable = Telegram did not give me this photo, however often I asked. Please send it again, or take a new one.
photo-given-up = Telegram did not give me this photo, however often I asked. Please send it again, or take a new one; if you are worried about the lesion, refer now.
photo-deadly = I stopped working twice while opening this photo, so I did not try again. Please take a new one, or send it as a photo instead of a file; if you are worried about the lesion, refer now.
photo-stalled = ⏳ Telegram has not given me this photo yet. I keep trying, and answer as soon as I have it. <b>If you are worried about the lesion, refer now</b>; do not wait for me.
photo-stalled-over = ⬆️ My answer to this photo is above now.

something-old = This button is no longer valid. /history shows your cases.
something-failed = That did not work. It was my fault, not yours. Please send it again; if you are worried about the lesion, refer now.
repeat-mark = Sent again after an interruption: you may have it twice.

# After Telegram refused a message: at the end of an answer without its picture, in front of a message without
# its file, and in place of a message that it accepts in no form.
refused-picture = ⚠️ Telegram refused the picture. These words are complete and up to date.
refused-file = ⚠️ Telegram refused the file that belongs here. Please ask for it again in a few minutes.
refused-notice = ⚠️ Telegram refused my answer, and I could not send it in any form. /history shows your cases and what was said about them. If you are worried about the lesion, refer now.

kept-by-telegram = I cannot take in your message at the moment. It is not lost: Telegram keeps it, and I answer as soon as I can. If you are worried about the lesion, refer now.
