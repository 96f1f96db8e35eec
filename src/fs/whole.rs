//! A file system as a whole on the disk: what many files need is one call, if it does not wait for everybody else.

#[cfg(target_os = "linux")]
pub(super) use linux::sync;

/// Whether everything at `paths` is on the disk now; where not, nothing is lost but time.
#[cfg(not(target_os = "linux"))]
pub(super) fn sync(_: &super::RealFs, _: &[super::Synced<'_>]) -> bool {
    false
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;
    use std::path::Path;

    use rustix::fs::{OFlags, fstatfs, syncfs};

    use crate::fs::{Fs, RealFs, Synced, real};

    /// As they are named in `statfs`: ext4, XFS, Btrfs, F2FS and the one in memory. Of others it is not known that they tell
    /// of every error and leave nothing in a server.
    const KNOWN: [u32; 5] = [0xef53, 0x5846_5342, 0x9123_683e, 0xf2f5_2010, 0x0102_1994];
    /// Before this version the call says nothing of data that could not be written.
    const SINCE: (u32, u32) = (5, 8);
    /// What may wait for the disk altogether, in KiB.
    const LITTLE: u64 = 64 * 1024;

    /// Whether everything at `paths` is on the disk now; where not, nothing is lost but time.
    pub(in super::super) fn sync(fs: &RealFs, paths: &[Synced<'_>]) -> bool {
        try_sync(fs, paths).is_some()
    }

    fn try_sync(fs: &RealFs, paths: &[Synced<'_>]) -> Option<()> {
        let text = |path: &str| String::from_utf8(fs.read(Path::new(path), 64 * 1024).ok()?).ok();
        if version(&text("/proc/sys/kernel/osrelease")?)? < SINCE || waiting(&text("/proc/meminfo")?)? > LITTLE {
            return None;
        }
        let mut devices: BTreeMap<u64, &Path> = BTreeMap::new();
        for path in paths.iter().map(Synced::path) {
            devices.entry(fs.stat(path).ok()?.device).or_insert(path);
        }
        for path in devices.values() {
            let one = real::open(path, OFlags::RDONLY).ok()?;
            let kind = u32::try_from(fstatfs(&one).ok()?.f_type).ok()?;
            if !KNOWN.contains(&kind) {
                return None;
            }
            syncfs(&one).ok()?;
            // It may not have told the disk to empty its own memory.
            one.sync_all().ok()?;
        }
        Some(())
    }

    fn version(release: &str) -> Option<(u32, u32)> {
        let mut numbers = release.split(|c: char| !c.is_ascii_digit());
        Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    }

    /// The KiB that are to be written by anybody.
    fn waiting(memory: &str) -> Option<u64> {
        let of = |name: &str| {
            let line = memory.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
        };
        Some(of("Dirty:")? + of("Writeback:")?)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_linux_tells_is_read() {
            assert_eq!(version("6.18.44-fc-v857\n"), Some((6, 18)));
            assert_eq!(version("5.4.0"), Some((5, 4)));
            assert_eq!(version("x"), None);
            let memory =
                "MemTotal:  1 kB\nDirty:               156 kB\nWriteback:            56 kB\nWritebackTmp: 7 kB\n";
            assert_eq!(waiting(memory), Some(212));
            assert_eq!(waiting("Dirty: 1 kB\n"), None);
        }
    }
}
