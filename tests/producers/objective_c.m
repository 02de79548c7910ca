// Objective-C: classes, messages to self and super, protocols, exceptions with @finally.
#import <objc/Object.h>
#import <objc/runtime.h>
#include <stdio.h>

@protocol Named
- (const char*)name;
@end
@interface Counter : Object <Named> {
  int value;
}
+ (Counter*)start:(int)v;
- (int)next;
@end
@implementation Counter
+ (Counter*)start:(int)v {
  Counter* made = class_createInstance(self, 0);
  made->value = v;
  return made;
}
- (int)next {
  return value++;
}
- (const char*)name {
  return "counter";
}
@end
@interface Skipping : Counter
@end
@implementation Skipping
- (int)next {
  [super next];
  int result = [super next];
  if (result % 50 == 0) @throw self;
  return result;
}
@end

int main(void) {
  Counter *counter = [Counter start:3], *skipping = [Skipping start:11];
  int sum = 0, thrown = 0, finally = 0;
  for (int i = 0; i < 200; i++) {
    @try {
      sum += [counter next] + [skipping next];
    } @catch (Skipping* caught) {
      thrown += caught == skipping;
    } @finally {
      finally ++;
    }
  }
  printf("%s %d %s, %d thrown, %d\n", [skipping name], sum, class_getName(object_getClass(skipping)), thrown, finally);
  return 0;
}
