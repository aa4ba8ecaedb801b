//! What a file of metadata says, in words, for whoever is to sign it.

use std::fmt::Write as _;

use lachan_wire::tuf::{Head, KeyRole, Root, Signature, Signed, Targets};

use super::ceremony::{CeremonyError, kind_of};
use super::command::Language;

/// The file in words.
///
/// # Errors
/// [`CeremonyError`] when it is neither root nor targets.
pub fn describe(file: &[u8], language: Language) -> Result<String, CeremonyError> {
    let mut out = String::new();
    let vi = language == Language::Vi;
    if kind_of(file)? == "root" {
        let Signed {
            content,
            signatures,
            ..
        } = Signed::<Root>::parse(file)?;
        head(&mut out, &content.head, vi);
        let roles = &content.roles;
        for (role, vi_name, en_name) in [
            (
                &roles.root,
                "Gốc (root): đổi được chính tệp này",
                "Root: may change this very file",
            ),
            (
                &roles.targets,
                "Ủy quyền (targets): quyết định ai được ký danh sách và phần mềm",
                "Targets: says who may sign lists and programs",
            ),
            (
                &roles.snapshot,
                "Bản chụp (snapshot): khóa trên máy chủ",
                "Snapshot: key on the hub",
            ),
            (
                &roles.timestamp,
                "Dấu thời gian (timestamp): khóa trên máy chủ",
                "Timestamp: key on the hub",
            ),
        ] {
            role_line(&mut out, if vi { vi_name } else { en_name }, role, vi);
        }
        signed(&mut out, &signatures, vi);
        return Ok(out);
    }
    let Signed {
        content,
        signatures,
        ..
    } = Signed::<Targets>::parse(file)?;
    head(&mut out, &content.head, vi);
    for role in content
        .delegations
        .iter()
        .flat_map(|all| all.roles.iter().flatten())
    {
        let what = role
            .paths
            .iter()
            .flatten()
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        let name = if vi {
            format!("Vai trò {}, được ký tệp {what}", role.name)
        } else {
            format!("Role {}, may sign files {what}", role.name)
        };
        role_line(&mut out, &name, &KeyRole::from(&role.signers), vi);
    }
    for (path, target) in &content.targets {
        let hash = target.hashes.get("sha256").map_or("?", String::as_str);
        let _ = if vi {
            writeln!(out, "Tệp {path}: {} byte, SHA-256 {hash}", target.length)
        } else {
            writeln!(out, "File {path}: {} bytes, SHA-256 {hash}", target.length)
        };
    }
    signed(&mut out, &signatures, vi);
    Ok(out)
}

// Writing to a string cannot fail.
fn head(out: &mut String, head: &Head, vi: bool) {
    let _ = if vi {
        writeln!(
            out,
            "Loại {}, phiên bản {}, hết hạn {}",
            head.kind, head.version, head.expires
        )
    } else {
        writeln!(
            out,
            "Kind {}, version {}, ends {}",
            head.kind, head.version, head.expires
        )
    };
}

fn role_line(out: &mut String, name: &str, role: &KeyRole, vi: bool) {
    let (need, all) = (role.threshold, role.keyids.len());
    let _ = if vi {
        writeln!(out, "{name}: cần {need} trong {all} khóa")
    } else {
        writeln!(out, "{name}: {need} of {all} keys must sign")
    };
    for id in &role.keyids {
        let _ = writeln!(out, "  {id}");
    }
}

fn signed(out: &mut String, signatures: &[Signature], vi: bool) {
    let _ = match (vi, signatures.len()) {
        (true, 0) => writeln!(out, "Chưa ai ký"),
        (false, 0) => writeln!(out, "Nobody has signed yet"),
        (true, count) => writeln!(out, "Có {count} chữ ký (chưa kiểm tra):"),
        (false, count) => writeln!(out, "{count} signatures (not checked):"),
    };
    for signature in signatures {
        let _ = writeln!(out, "  {}", signature.keyid);
    }
}
