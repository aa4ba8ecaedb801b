//! test_updater_key_rotations.py.

use crate::cases;
use crate::simulator::{Signer, ed25519, pair};

/// Keys, threshold, who signs, whether the client takes it.
type Version = (&'static [usize], u64, &'static [usize], bool);

async fn root_rotation(versions: &[Version]) {
    let (server, mut client) = pair();
    let signers: Vec<Signer> = (0..10).map(|_| ed25519()).collect();
    {
        let mut repo = server.repo();
        repo.signed.remove("root");
        for (keys, threshold, sigs, _) in versions {
            repo.clear_keys("root");
            repo.root.roles.root.threshold = *threshold;
            keys.iter().for_each(|n| repo.trust("root", &signers[*n]));
            sigs.iter()
                .for_each(|n| repo.add_signer("root", &signers[*n]));
            repo.publish(&["root"]);
        }
        repo.publish(&["targets", "snapshot", "timestamp"]);
        client.root = repo.signed["root"][0].clone();
    }
    let works = versions.last().unwrap().3;
    assert_eq!(client.refresh().await.is_ok(), works);
    let roots = server.repo().signed["root"].clone();
    let expected = if works {
        roots.last()
    } else {
        roots.iter().rev().nth(1)
    };
    assert_eq!(client.bytes("root").as_ref(), expected);
}

cases! { root_rotation:
    root_rotation_1_of_1_key_rotation => &[
        (&[1], 1, &[1], true), (&[2], 1, &[2, 1], true), (&[2], 1, &[2], true)],
    root_rotation_1_of_1_key_rotation_unused_signatures => &[
        (&[1], 1, &[3, 1, 4], true), (&[2], 1, &[3, 2, 1, 4], true), (&[2], 1, &[3, 2, 4], true)],
    root_rotation_3_of_5_sign_with_different_keycombos => &[
        (&[0, 1, 2, 3, 4], 3, &[0, 2, 4], true), (&[0, 1, 2, 3, 4], 3, &[0, 4, 1], true),
        (&[0, 1, 2, 3, 4], 3, &[0, 1, 3], true), (&[0, 1, 2, 3, 4], 3, &[0, 1, 3], true)],
    root_rotation_3_of_5_one_key_rotated => &[
        (&[0, 1, 2, 3, 4], 3, &[0, 2, 4], true), (&[0, 1, 3, 4, 5], 3, &[0, 4, 1], true)],
    root_rotation_3_of_5_one_key_rotated_with_intermediate_step => &[
        (&[0, 1, 2, 3, 4], 3, &[0, 2, 4], true), (&[0, 1, 3, 4, 5], 3, &[0, 2, 4, 5], true),
        (&[0, 1, 3, 4, 5], 3, &[0, 4, 5], true)],
    root_rotation_3_of_5_all_keys_rotated_with_intermediate_step => &[
        (&[0, 1, 2, 3, 4], 3, &[0, 2, 4], true), (&[5, 6, 7, 8, 9], 3, &[0, 2, 4, 5, 6, 7], true),
        (&[5, 6, 7, 8, 9], 3, &[5, 6, 7], true)],
    root_rotation_1_of_3_threshold_increase_to_2_of_3 => &[
        (&[1, 2, 3], 1, &[1], true), (&[1, 2, 3], 2, &[1, 2], true)],
    root_rotation_2_of_3_threshold_decrease_to_1_of_3 => &[
        (&[1, 2, 3], 2, &[1, 2], true), (&[1, 2, 3], 1, &[1, 2], true), (&[1, 2, 3], 1, &[1], true)],
    root_rotation_1_of_2_threshold_increase_to_2_of_2 => &[
        (&[1], 1, &[1], true), (&[1, 2], 2, &[1, 2], true)],
    root_rotation_1_of_1_fail_not_signed_with_old_key => &[
        (&[1], 1, &[1], true), (&[2], 1, &[2, 3, 4], false)],
    root_rotation_1_of_1_fail_not_signed_with_new_key => &[
        (&[1], 1, &[1], true), (&[2], 1, &[1, 3, 4], false)],
    root_rotation_3_of_5_fails_not_signed_with_3_new_keys => &[
        (&[0, 1, 2, 3, 4], 3, &[0, 2, 4], true), (&[0, 1, 3, 4, 5], 3, &[0, 2, 4], false)],
    root_rotation_3_of_5_fails_not_signed_with_3_old_keys => &[
        (&[0, 1, 2, 3, 4], 3, &[0, 2, 4], true), (&[0, 1, 3, 4, 5], 3, &[0, 4, 5], false)],
    root_rotation_1_of_3_bump_to_2_of_3_fails_new_threshold_not_reached => &[
        (&[1, 2, 3], 1, &[1], true), (&[1, 2, 3], 2, &[2], false)],
    root_rotation_2_of_3_decr_to_1_of_3_fails_old_threshold_not_reached => &[
        (&[1, 2, 3], 2, &[1, 2], true), (&[1, 2, 3], 1, &[1], false)],
}

async fn non_root_rotations((keys, threshold, sigs, works): Version) {
    let (server, client) = pair();
    let signers: Vec<Signer> = (0..10).map(|_| ed25519()).collect();
    for role in ["timestamp", "snapshot", "targets"] {
        {
            let mut repo = server.repo();
            repo.clear_keys(role);
            repo.role_mut(role).threshold = threshold;
            keys.iter().for_each(|n| repo.trust(role, &signers[*n]));
            sigs.iter()
                .for_each(|n| repo.add_signer(role, &signers[*n]));
            repo.publish(&["root", "targets", "snapshot", "timestamp"]);
        }
        assert_eq!(client.refresh().await.is_ok(), works, "{role}");
        if works {
            client.assert_newest(role);
        }
    }
}

cases! { non_root_rotations:
    non_root_rotations_1_of_1_key_rotation => (&[2], 1, &[2], true),
    non_root_rotations_1_of_1_key_rotation_unused_signatures => (&[1], 1, &[3, 1, 4], true),
    non_root_rotations_1_of_1_fail_not_signed_with_new_key => (&[2], 1, &[1, 3, 4], false),
    non_root_rotations_3_of_5_not_signed_with_3_expected_keys => (&[0, 1, 3, 4, 5], 3, &[0, 2, 4], false),
    non_root_rotations_2_of_5_threshold_not_reached => (&[0, 1, 3, 4, 5], 3, &[0, 4], false),
    non_root_rotations_3_of_5_sign_first_combo => (&[0, 1, 2, 3, 4], 3, &[0, 2, 4], true),
    non_root_rotations_3_of_5_sign_second_combo => (&[0, 1, 2, 3, 4], 3, &[0, 4, 1], true),
    non_root_rotations_3_of_5_sign_third_combo => (&[0, 1, 2, 3, 4], 3, &[0, 1, 3], true),
    non_root_rotations_3_of_5_sign_fourth_combo => (&[0, 1, 2, 3, 4], 3, &[1, 2, 3], true),
    non_root_rotations_3_of_5_sign_fifth_combo => (&[0, 1, 2, 3, 4], 3, &[2, 3, 4], true),
}
