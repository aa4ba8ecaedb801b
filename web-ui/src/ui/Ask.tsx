// "Really?", for what cannot be undone.
import { Button, Group, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface Props {
  // The button that opens the question.
  label: string;
  // Which of many, for those who hear the button without the row around it.
  ariaLabel?: string;
  title: string;
  children: ReactNode;
  confirm: string;
  isBusy?: boolean;
  run: () => void;
}

export function Ask({ label, ariaLabel, title, children, confirm, isBusy, run }: Props) {
  const { t } = useTranslation();
  const [isOpen, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button variant="default" onClick={open} loading={isBusy ?? false} {...(ariaLabel !== undefined && { "aria-label": ariaLabel })}>
        {label}
      </Button>
      <Modal opened={isOpen} onClose={close} title={title} closeButtonProps={{ "aria-label": t("action.close") }}>
        <Text component="div">{children}</Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={close} data-autofocus>
            {t("action.cancel")}
          </Button>
          <Button
            color="red"
            onClick={() => {
              close();
              run();
            }}
          >
            {confirm}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
