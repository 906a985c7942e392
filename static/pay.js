// Opens PortOne's window with what the server told, then goes to where the server asks PortOne what became of it.
const asked = JSON.parse(document.getElementById("asked").textContent);
const open = async () => {
  await window.PortOne.requestPayment(asked).catch(() => {});
  window.location.assign(asked.redirectUrl);
};
document.getElementById("open").addEventListener("click", open);
open();
