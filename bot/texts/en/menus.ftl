menu-start = What I am, and the terms
menu-letter = A referral letter to print
menu-remind = Reminders for a new photo
menu-help = How to take a good photo
menu-history = Your cases
menu-about = Tests, limits, versions
menu-privacy = What is kept about you
menu-language = English or French
menu-export = All that is kept of you
menu-forget = Forget me
menu-description =
    Send a photo of a skin lesion: two image classifiers read it, and you get a risk level, the reasons and what to do next.

    For clinicians. A research prototype, not a medical device.
menu-short-description = A second look at a mole, for clinicians. Research prototype, not a medical device.
