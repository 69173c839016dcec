# Past NEVUS_PHOTOS_PER_HOUR. $limit: photos an hour; $minutes: until the photo is read, rounded up.
photos-limit = { $minutes ->
        [one] ⏳ You have sent { $limit } photos within an hour, which is the most. This one is kept and read in about a minute: do not send it again. If you are worried about the lesion, refer now.
       *[other] ⏳ You have sent { $limit } photos within an hour, which is the most. This one is kept and read in about { $minutes } minutes: do not send it again. If you are worried about the lesion, refer now.
    }
