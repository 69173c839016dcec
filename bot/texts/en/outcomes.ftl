# What became of referred cases.
button-outcome = 🔬 Outcome
button-outcome-melanoma = Melanoma, by histology
button-outcome-other-cancer = Another skin cancer
button-outcome-benign-histology = No cancer, by histology
button-outcome-benign-diagnosis = No cancer, without histology
button-outcome-unknown = Not known
button-outcome-change = 🔬 Change the outcome
outcome-ask = 🔬 <b>{ $case }</b>: what was the histology or the final diagnosis?
outcome-ask-later = 🔬 <b>{ $case }</b>: 8 weeks ago you asked the clinic about it. What was the histology or the final diagnosis? I ask once. Your answer shows what each level means here.
outcome-ask-clinic = 🔬 <b>{ $case }</b> is 8 weeks old, and its sender can no longer be asked. What was the histology or the final diagnosis?
outcome-noted = 🔬 <b>{ $case }</b>: noted: { $outcome }.
outcome-missed = 🚨 <b>{ $case } was rated low and proved to be melanoma.</b>
stats-outcomes = <b>What the levels meant here</b> (melanomas among referred cases with an outcome)
stats-outcome = • { $level }: { $count } of { $known } (95 % interval { $low } to { $high })
stats-outcome-low = • low: { $count ->
        [one] 1 melanoma found
       *[other] { $count } melanomas found
    }
