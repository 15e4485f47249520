export const connection = {
  connect: "Connect",
  disconnect: "Disconnect",
  cancel: "Cancel",
};
