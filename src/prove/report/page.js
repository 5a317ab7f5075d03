var q = document.getElementById("q");

q.addEventListener("input", function () {
	var wanted = q.value.toLowerCase();

	Array.prototype.forEach.call(document.querySelectorAll("#tests details"), function (test) {
		test.hidden = test.textContent.toLowerCase().indexOf(wanted) < 0;
	});
});
