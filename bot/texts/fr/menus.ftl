menu-start = Qui je suis, et les conditions
menu-letter = Un courrier à imprimer
menu-remind = Rappels pour une nouvelle photo
menu-help = Réussir une bonne photo
menu-history = Vos cas
menu-about = Mesures, limites, versions
menu-privacy = Ce qui est conservé sur vous
menu-language = Français ou anglais
menu-export = Tout ce qui est conservé de vous
menu-forget = M'oublier
menu-description =
    Envoyez la photo d'une lésion cutanée : deux classificateurs d'images la lisent, et vous recevez un niveau de risque, ses raisons et la conduite à tenir.

    Pour les médecins. Un prototype de recherche, pas un dispositif médical.
menu-short-description = Un second regard sur un grain de beauté, pour les médecins. Prototype de recherche, pas un dispositif médical.
