# Admins: linking a clinic, inviting and removing people. And what strangers are answered.

access-closed =
    <b>I read photos for invited clinicians only.</b>

    Ask the clinic that you work with for an invitation: a link that opens this chat. I have not opened anything that you sent, and I do not keep it.

    If you are worried about a lesion, refer the patient now; do not wait for me.

group-anonymous = I cannot see who is asking. Write in your own name (switch “Remain anonymous” off), or write to me in private.

clinic-none = No clinic is linked yet. /link links a group or a channel.
clinic-state-linked = linked
clinic-state-lost = not reachable
clinic-lost =
    <b>I cannot post in “{ $clinic }” any more.</b>

    I was removed there, or I am no longer administrator. Nothing reaches that clinic until I am back: add me as administrator and press “Link”, or send /link.

clinic-refuses =
    <b>Telegram refused a message to “{ $clinic }”.</b>

    A question could not be posted there; its sender knows. Make me administrator again, with the rights that /link names.

link-ask =
    <b>Link a clinic</b>

    Choose the group or channel of the dermatologists with a button below. You must be administrator there, and I become one.

    <b>What I need there</b>
    • Group: to be administrator. No further right.
    • Channel: to post messages and to edit messages, so that a card can show who answered.
    I never delete, pin, invite or ban. In the group I pass over all talk that does not address me.
link-row-linked = ✅ “{ $clinic }” is linked.
link-row-lost = ⚠️ “{ $clinic }” cannot be reached.
link-key-group = 👥 Choose a group
link-key-channel = 📣 Choose a channel
link-question = I am now administrator of “{ $clinic }”. <b>Is this a clinic that referrals are posted to?</b>
link-question-settled = I am now administrator of “{ $clinic }”.
link-yes = Link it
link-no = No, it is not
link-declined = Not linked. I stay silent there.
link-chosen = “{ $clinic }” it is.
link-done =
    ✅ <b>“{ $clinic }” is linked.</b>

    Every member of a linked group may answer; if you invite dermatologists with /invite, only those who accepted may. In a channel its administrators answer, and those invited.

    In which language shall I post there?
link-language = ✅ “{ $clinic }” is linked. I post there in: { $language }.
link-hello-group = This group is now linked to Nevus. General practitioners ask for your advice here: each question comes as one card without the name of the sender or the patient. Please write no names.
link-hello-channel = This channel is now linked to Nevus. General practitioners ask for your advice here: each question comes as one card without the name of the sender or the patient.
link-needs-rights-group = In “{ $clinic }” I am no administrator. Make me administrator there (no further right is needed), then send /link.
link-needs-rights-channel = In “{ $clinic }” I need two rights as administrator: to post messages and to edit messages. Give them to me, then send /link.
link-not-admin = Only an administrator of that chat can link it.
link-not-there = I am not in that chat, or it can be no clinic. Add me as administrator, then send /link.

invite-ask = <b>Whom do you invite?</b> The link works once, for one person.
invite-button-sender = Someone who sends photos
invite-button-dermatologist = A dermatologist who answers
invite-made-sender =
    <b>Invitation for someone who sends photos</b> to “{ $clinic }”:

    { $link }

    It works once, until { DATETIME($at, dateStyle: "medium", timeStyle: "short") } UTC. Give it to one person only: I do not show it again.
invite-made-dermatologist =
    <b>Invitation for a dermatologist</b> of “{ $clinic }”:

    { $link }

    It works once, until { DATETIME($at, dateStyle: "medium", timeStyle: "short") } UTC. Give it to one person only: I do not show it again. From the first one on, only invited dermatologists may answer there; they must be in the chat as well.
invite-welcome-sender = ✅ <b>Welcome.</b> You can now send me photos, and ask “{ $clinic }” for advice.
invite-welcome-dermatologist = ✅ <b>Welcome.</b> You are on the list of dermatologists of “{ $clinic }”: you can answer the questions that are posted there.
invite-taken-sender = 🔑 Someone used your invitation to send photos to “{ $clinic }”. /members lists who is in.
invite-taken-dermatologist = 🔑 Someone used your invitation to answer in “{ $clinic }”. /members lists who is in.
invite-closed = This invitation cannot be used (any more): it works once and for a limited time. Please ask for a new one.
invite-used = This invitation is used up. You are already in: send me a photo whenever you like.

members-which = <b>Members of which clinic?</b>
members-title = <b>“{ $clinic }”</b> ({ $state }): { $count ->
        [0] nobody was invited yet
        [one] 1 member
       *[other] { $count } members
    }
members-row-sender = • { $subject } sends photos, since { DATETIME($at, dateStyle: "medium") } { $name }
members-row-dermatologist = • { $subject } answers, since { DATETIME($at, dateStyle: "medium") } { $name }
members-note = <i>Press a number to remove someone. I keep no names: I show one only if Telegram returns it now. /invite lets people in.</i>
members-button = ✖️ { $subject }
members-ask-sender = <b>Remove { $subject } from “{ $clinic }”?</b> This person can then ask that clinic nothing more. What was asked stays.
members-ask-dermatologist = <b>Remove { $subject } from “{ $clinic }”?</b> This person can then answer nothing more there. To keep questions from being read, remove the person from the chat as well.
members-remove = Yes, remove
members-keep = No, keep
list-empty = ⚠️ <b>“{ $clinic }” has no invited dermatologist any more</b>, so nobody can answer there. /invite makes an invitation.
members-removed = { $subject } was removed. A new invitation lets the person in again.
members-previous = ‹ Back
members-next = More ›

menu-link = Link a clinic's group or channel
menu-invite = Invite someone
menu-members = Members of the clinics
