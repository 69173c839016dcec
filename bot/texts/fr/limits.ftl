# Past NEVUS_PHOTOS_PER_HOUR. $limit: photos an hour; $minutes: until the photo is read, rounded up.
photos-limit = { $minutes ->
        [one] ⏳ Vous avez envoyé { $limit } photos en une heure, c’est le maximum. Celle-ci est gardée et sera lue dans une minute environ : ne la renvoyez pas. Si la lésion vous inquiète, adressez le patient maintenant.
       *[other] ⏳ Vous avez envoyé { $limit } photos en une heure, c’est le maximum. Celle-ci est gardée et sera lue dans { $minutes } minutes environ : ne la renvoyez pas. Si la lésion vous inquiète, adressez le patient maintenant.
    }
