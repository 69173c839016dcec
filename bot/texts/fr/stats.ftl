# /stats et `nevus stats`. En légende, au plus 1 024 unités UTF-16.

menu-stats = Ce qui a été compté
stats-title = <b>Statistiques</b>
stats-cases = { $count ->
        [one] <b>{ $count } cas</b>
       *[other] <b>{ $count } cas</b>
    } de { $senders ->
        [one] { $senders } expéditeur
       *[other] { $senders } expéditeurs
    }
stats-level = { $mark } { $level } : { $count }
stats-referrals = { $count ->
        [one] <b>{ $count } demande d'avis</b>
       *[other] <b>{ $count } demandes d'avis</b>
    }
stats-state-open = • en attente : { $count }
stats-state-claimed = • prises en charge : { $count }
stats-state-answered = • répondues : { $count }
stats-state-withdrawn = • retirées : { $count }
stats-time-claim = Jusqu'à la prise en charge : la moitié en { $middle }, neuf sur dix en { $most }
stats-time-answer = Jusqu'à la réponse : la moitié en { $middle }, neuf sur dix en { $most }
stats-minutes = { $count } min
stats-hours = { $count } h
stats-days = { $count } j
stats-agreement =
    <b>Avis et niveau</b> ({ $count ->
        [one] 1 comparé
       *[other] { $count } comparés
    })
    • aussi urgent que le niveau : { $same } ({ $share })
    • plus urgent : { $more }
    • moins urgent : { $less }
    <i>Le dernier avis compte : très rapide contre élevé ; consultation et surveillance contre intermédiaire ; aucun signe suspect contre faible.</i>
stats-agreement-none = <b>Avis et niveau</b> : rien à comparer pour l'instant.
stats-chart-levels = Cas par niveau
stats-chart-verdicts = L'avis du dermatologue était…
stats-verdict-same = aussi urgent
stats-verdict-more = plus urgent
stats-verdict-less = moins urgent
