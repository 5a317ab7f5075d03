/* rpn.hpp - evaluates sums in reverse Polish notation: "1 2 + 3 *" is 9. */
#ifndef RPN_HPP
#define RPN_HPP

#include <cstddef>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace rpn {

inline double pop(std::vector<double> &stack, const std::string &wanted_by)
{
	if (stack.empty())
		throw std::runtime_error(wanted_by + " lacks a number");
	const double top = stack.back();
	stack.pop_back();
	return top;
}

inline double number(const std::string &word)
{
	std::size_t used = 0;
	double value = 0;
	try {
		value = std::stod(word, &used);
	} catch (const std::logic_error &) {
		used = 0;
	}
	if (used == 0 || used != word.size())
		throw std::runtime_error(word + " is neither a number nor one of + - * /");
	return value;
}

inline double evaluate(const std::string &text)
{
	std::vector<double> stack;
	std::istringstream words(text);
	std::string word;

	while (words >> word) {
		if (word != "+" && word != "-" && word != "*" && word != "/") {
			stack.push_back(number(word));
			continue;
		}
		const double b = pop(stack, word), a = pop(stack, word);
		stack.push_back(word == "+" ? a + b : word == "-" ? a - b : word == "*" ? a * b : a / b);
	}
	if (stack.size() != 1)
		throw std::runtime_error("the sum leaves " + std::to_string(stack.size()) + " numbers");
	return stack.back();
}

} // namespace rpn

#endif
