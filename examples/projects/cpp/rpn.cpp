/* rpn.cpp - prints the value of each line of its input; a line that can't be read ends it with status 1. */
#include "rpn.hpp"
#include <exception>
#include <iostream>
#include <string>

int main()
{
	std::string line;
	while (std::getline(std::cin, line)) {
		try {
			std::cout << rpn::evaluate(line) << std::endl;
		} catch (const std::exception &e) {
			std::cerr << "rpn: " << e.what() << std::endl;
			return 1;
		}
	}
	return 0;
}
