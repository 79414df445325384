//! What a backend lacks is refused by name, before anything runs where that is possible; the rest works.

use ringkernel::prelude::*;
use ringkernel::runtime::FaultKind;

use super::lanes::each_grid;
use crate::absence::{Absence, Refusal};
use crate::kernels::lanes::Numbers;
use crate::rig::{Factory, Rig};
use crate::wait::LIMIT;

/// Everything on the backend's list of absences gives a typed error that names the backend and the feature.
pub async fn what_a_backend_lacks_is_refused_by_name(factory: Factory) {
    let rig = Rig::start(factory).await;
    for absence in Absence::ALL.into_iter().filter(|absence| factory.lacks(*absence)) {
        let (kernel, options) = absence.kernel();
        let launched = rig.launch(kernel, options).await;
        match (absence.refusal(), launched) {
            (Refusal::AtLaunch, Err(RingKernelError::Unsupported { backend, feature })) => {
                assert_eq!(backend, rig.backend(), "{absence:?}");
                assert!(feature.contains(absence.feature()), "{absence:?}: {feature}");
            }
            (Refusal::AtMessage, Ok(kernel)) => {
                let heard = kernel.call::<_, Numbers>(Numbers { values: vec![] }, LIMIT).await;
                match heard {
                    Err(RingKernelError::HandlerFault { fault, .. }) => {
                        assert_eq!(fault.kind, FaultKind::Divergence, "{absence:?}: {fault}");
                    }
                    other => panic!("{absence:?}: {other:?}"),
                }
                kernel.terminate().await.expect("a failed kernel terminates");
            }
            (_, other) => panic!("{absence:?}: {:?}", other.map(|kernel| kernel.id().clone())),
        }
        assert!(rig.list_kernels().is_empty(), "nothing stays of what is refused");
    }
    rig.finish().await;
}

/// Nothing is missing but what is on the list.
pub async fn what_a_backend_does_not_lack_works(factory: Factory) {
    let rig = Rig::start(factory).await;
    for absence in Absence::ALL.into_iter().filter(|absence| !factory.lacks(*absence)) {
        let (name, options) = absence.kernel();
        let kernels = match rig.backend() {
            Backend::Cpu => each_grid(factory, &rig, name, &[1, 2]).await,
            // Every size is a program of its own there, and takes seconds to compile.
            _ => vec![rig.launch_with(name, options).await],
        };
        for kernel in kernels {
            let heard = kernel.call::<_, Numbers>(Numbers { values: vec![] }, LIMIT).await;
            let checked = heard.expect("an answer");
            assert_eq!(checked.values, [0], "the last check that failed; {absence:?}, {}", kernel.id());
            kernel.terminate().await.expect("the kernel terminates");
        }
    }
    rig.finish().await;
}
